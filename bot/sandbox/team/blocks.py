"""Which blocks Slack refuses, and how it says so: every fault with a pointer to its place.

The limits are those Slack documents for each block and element.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox.shapes import Json, words
from bot.sandbox.team.text import rich_text

MAX_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_MARKDOWN = 12_000
MAX_BLOCK_TEXT = 13_200
"""Characters of text in all blocks of one message together; above it `msg_blocks_too_long`."""

_TEXT_OBJECTS = frozenset({"plain_text", "mrkdwn"})
_BUTTON_STYLES = frozenset({"primary", "danger"})

_SELECTS = words(
    "static_select external_select users_select conversations_select channels_select multi_static_select"
    " multi_external_select multi_users_select multi_conversations_select multi_channels_select"
)
_ELEMENTS: Mapping[str, frozenset[str]] = {
    "section": _SELECTS | words("button checkboxes datepicker image overflow radio_buttons timepicker"),
    "actions": _SELECTS
    | words("button checkboxes datepicker datetimepicker overflow radio_buttons timepicker"),
    "context_actions": words("feedback_buttons icon_button"),
    "input": _SELECTS
    | words(
        "plain_text_input email_text_input url_text_input number_input rich_text_input file_input checkboxes"
        " radio_buttons datepicker datetimepicker timepicker"
    ),
}
_MOST_OPTIONS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}
_IN_MESSAGES = words(
    "section divider header context actions context_actions image rich_text markdown table input video file"
    " task_card plan"
)
_IN_VIEWS = words("section divider header context actions input image rich_text video context_actions table")

Problem = tuple[str, str]
"""What is wrong, and the JSON pointer to where."""


def problems(blocks: object, *, view: bool = False, root: str = "/blocks") -> list[Problem]:
    """Everything Slack would refuse in `blocks`; empty if they are good."""
    if not isinstance(blocks, list):
        return [("must be an array", root)]
    most = MAX_VIEW_BLOCKS if view else MAX_BLOCKS
    found = [] if len(blocks) <= most else [(f"no more than {most} items allowed", root)]
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        pointer = f"{root}/{place}"
        if not isinstance(block, dict):
            found.append(("must be an object", pointer))
            continue
        found += _block_problems(block, pointer, _IN_VIEWS if view else _IN_MESSAGES)
        block_id = block.get("block_id")
        if block_id is not None and not isinstance(block_id, str):
            found.append(("must be a string", f"{pointer}/block_id"))
        elif block_id in seen:
            found.append((f"`block_id` {block_id} already exists", f"{pointer}/block_id"))
        elif block_id:
            seen.add(block_id)
    found += _repeated_actions(blocks, root)
    markdown = sum(text_length(block) for block in blocks if _is(block, "markdown"))
    if markdown > MAX_MARKDOWN:
        found.append((f"no more than {MAX_MARKDOWN} characters of markdown allowed", root))
    return found


def text_length(value: object) -> int:
    """How many characters of text stand anywhere in `value`."""
    if isinstance(value, dict):
        return sum(
            len(item) if key == "text" and isinstance(item, str) else text_length(item)
            for key, item in value.items()
        )
    return sum(map(text_length, value)) if isinstance(value, list) else 0


def with_ids(blocks: Sequence[Json]) -> list[Json]:
    """The same blocks, each with a block_id: Slack makes up those that are missing."""
    return [block if block.get("block_id") else block | {"block_id": new_id()} for block in blocks]


def of_text(stored: str) -> list[Json]:
    """What Slack shows of a message that has only text: one rich_text block, none if the text is blank."""
    return [rich_text(stored, new_id())] if stored.strip() else []


def new_id() -> str:
    """A block or action id as Slack makes them."""
    return secrets.token_urlsafe(4)[:5]


def _is(block: object, kind: str) -> bool:
    return isinstance(block, dict) and block.get("type") == kind


def _block_problems(block: Json, at: str, allowed: frozenset[str]) -> Iterator[Problem]:
    kind = block.get("type")
    if kind is None:
        yield "missing required field: type", at
        return
    if not _one_of(kind, allowed):
        yield f"unsupported type: {kind}", f"{at}/type"
        return
    if len(str(block.get("block_id") or "")) > 255:
        yield "must be less than 256 characters", f"{at}/block_id"
    match kind:
        case "section":
            if not block.get("text") and not block.get("fields"):
                yield "missing required field: text", at
            if "text" in block:
                yield from _text(block["text"], f"{at}/text", _TEXT_OBJECTS, 3000)
            yield from _several(block.get("fields", []), f"{at}/fields", 10, optional=True)
            for place, entry in enumerate(_listed(block.get("fields"))):
                yield from _text(entry, f"{at}/fields/{place}", _TEXT_OBJECTS, 2000)
            if "accessory" in block:
                yield from _element(block["accessory"], f"{at}/accessory", _ELEMENTS["section"])
        case "header":
            yield from _text(block.get("text"), f"{at}/text", frozenset({"plain_text"}), 150)
        case "markdown":
            if not isinstance(block.get("text"), str) or not block["text"]:
                yield "missing required field: text", at
        case "context":
            yield from _several(block.get("elements"), f"{at}/elements", 10)
            for place, entry in enumerate(_listed(block.get("elements"))):
                if not _is(entry, "image"):
                    yield from _text(entry, f"{at}/elements/{place}", _TEXT_OBJECTS, 3000)
        case "actions" | "context_actions":
            yield from _several(block.get("elements"), f"{at}/elements", 25 if kind == "actions" else 5)
            for place, entry in enumerate(_listed(block.get("elements"))):
                yield from _element(entry, f"{at}/elements/{place}", _ELEMENTS[kind])
        case "input":
            yield from _text(block.get("label"), f"{at}/label", frozenset({"plain_text"}), 2000)
            yield from _element(block.get("element"), f"{at}/element", _ELEMENTS["input"])
        case "image":
            if not block.get("image_url") and not block.get("slack_file"):
                yield "missing required field: image_url", at
            if not isinstance(block.get("alt_text"), str):
                yield "missing required field: alt_text", at
        case "rich_text":
            yield from _several(block.get("elements"), f"{at}/elements", 1000)
        case "table":
            rows = block.get("rows")
            yield from _several(rows, f"{at}/rows", 100)
            if any(len(_listed(row)) > 20 for row in _listed(rows)):
                yield "no more than 20 columns allowed", f"{at}/rows"


def _element(element: object, at: str, allowed: frozenset[str]) -> Iterator[Problem]:
    if not isinstance(element, dict):
        yield "missing required field: element", at
        return
    kind = element.get("type")
    if not _one_of(kind, allowed):
        yield f"unsupported type: {kind}", f"{at}/type"
        return
    yield from _short(element.get("action_id"), f"{at}/action_id", 255)
    if "placeholder" in element:
        yield from _text(element["placeholder"], f"{at}/placeholder", frozenset({"plain_text"}), 150)
    if "confirm" in element:
        yield from _confirmation(element["confirm"], f"{at}/confirm")
    match kind:
        case "button":
            yield from _text(element.get("text"), f"{at}/text", frozenset({"plain_text"}), 75)
            yield from _short(element.get("value"), f"{at}/value", 2000)
            yield from _short(element.get("url"), f"{at}/url", 3000)
            if "style" in element and not _one_of(element["style"], _BUTTON_STYLES):
                yield "value must be one of: primary, danger", f"{at}/style"
        case "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                button = element.get(side)
                if not isinstance(button, dict):
                    yield f"missing required field: {side}", at
                    continue
                yield from _text(button.get("text"), f"{at}/{side}/text", frozenset({"plain_text"}), 75)
                yield from _short(button.get("value"), f"{at}/{side}/value", 2000)
        case "icon_button":
            yield from _text(element.get("text"), f"{at}/text", frozenset({"plain_text"}), 75)
            if not element.get("icon"):
                yield "missing required field: icon", at
        case "static_select" | "multi_static_select" | "overflow" | "radio_buttons" | "checkboxes":
            groups = element.get("option_groups")
            if groups is not None:
                yield from _several(groups, f"{at}/option_groups", 100)
                for place, group in enumerate(_listed(groups)):
                    here = f"{at}/option_groups/{place}"
                    if isinstance(group, dict):
                        yield from _options(group, here, 100)
                    else:
                        yield "must be an object", here
            else:
                yield from _options(element, at, _MOST_OPTIONS.get(kind, 100))
        case "image":
            if not isinstance(element.get("alt_text"), str):
                yield "missing required field: alt_text", at


def _options(holder: Json, at: str, most: int) -> Iterator[Problem]:
    yield from _several(holder.get("options"), f"{at}/options", most)
    for place, option in enumerate(_listed(holder.get("options"))):
        here = f"{at}/options/{place}"
        text = option.get("text") if isinstance(option, dict) else None
        yield from _text(text, f"{here}/text", _TEXT_OBJECTS, 75)
        if not isinstance(option, dict) or not isinstance(option.get("value"), str):
            yield "missing required field: value", here
        else:
            yield from _short(option["value"], f"{here}/value", 150)


def _confirmation(confirm: object, at: str) -> Iterator[Problem]:
    if not isinstance(confirm, dict):
        yield "must be an object", at
        return
    for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
        yield from _text(confirm.get(name), f"{at}/{name}", frozenset({"plain_text"}), most)
    yield from _text(confirm.get("text"), f"{at}/text", _TEXT_OBJECTS, 300)


def _text(text: object, at: str, kinds: frozenset[str], most: int) -> Iterator[Problem]:
    if not isinstance(text, dict):
        yield f"missing required field: {at.rsplit('/', 1)[-1]}", at.rsplit("/", 1)[0]
    elif not _one_of(text.get("type"), kinds):
        yield f"unsupported type: {text.get('type')}", f"{at}/type"
    elif not isinstance(text.get("text"), str):
        yield "missing required field: text", at
    elif not text["text"]:
        yield "must be more than 0 characters", f"{at}/text"
    elif len(text["text"]) > most:
        yield f"must be less than {most + 1} characters", f"{at}/text"


def _short(value: object, at: str, most: int) -> Iterator[Problem]:
    if value is not None and (not isinstance(value, str) or len(value) > most):
        yield f"must be less than {most + 1} characters", at


def _several(items: object, at: str, most: int, *, optional: bool = False) -> Iterator[Problem]:
    if not isinstance(items, list) or (not items and not optional):
        yield f"missing required field: {at.rsplit('/', 1)[-1]}", at.rsplit("/", 1)[0]
    elif len(items) > most:
        yield f"no more than {most} items allowed", at


def _one_of(value: object, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _repeated_actions(blocks: Sequence[object], root: str) -> Iterator[Problem]:
    """One action_id may stand only once in a block."""
    for place, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        ids = [entry.get("action_id") for entry in _listed(block.get("elements")) if isinstance(entry, dict)]
        given = [action_id for action_id in ids if isinstance(action_id, str)]
        for action_id in sorted({name for name in given if given.count(name) > 1}):
            yield f"`action_id` {action_id} already exists in this block", f"{root}/{place}/elements"
