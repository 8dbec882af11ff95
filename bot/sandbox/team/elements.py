"""The elements of blocks that people put something into: what was put in, and whether it will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.sandbox.shapes import Json, words

STATEFUL = words(
    "plain_text_input email_text_input url_text_input number_input rich_text_input file_input checkboxes"
    " radio_buttons static_select multi_static_select external_select multi_external_select users_select"
    " multi_users_select conversations_select multi_conversations_select channels_select"
    " multi_channels_select datepicker timepicker datetimepicker"
)
"""Those that `view.state.values` tells of; buttons and overflow menus keep nothing."""

_TOO_SHORT = {"en": "Please enter at least {} characters.", "ko": "{}자 이상 입력해 주세요."}
_TOO_LONG = {"en": "Please enter no more than {} characters.", "ko": "{}자 이하로 입력해 주세요."}
_REQUIRED = {"en": "Please complete this required field.", "ko": "필수 입력란입니다."}
_NO_NUMBER = {"en": "Please enter a number.", "ko": "숫자를 입력해 주세요."}
_TOO_SMALL = {"en": "Please enter a number of at least {}.", "ko": "{} 이상의 수를 입력해 주세요."}
_TOO_GREAT = {"en": "Please enter a number of at most {}.", "ko": "{} 이하의 수를 입력해 주세요."}
_NO_EMAIL = {"en": "Please enter an email address.", "ko": "이메일 주소를 입력해 주세요."}
_NO_URL = {"en": "Please enter a URL.", "ko": "URL을 입력해 주세요."}


def elements_of(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element of `blocks`, each with the block it stands in."""
    for block in blocks:
        for element in block.get("elements") or []:
            if isinstance(element, dict):
                yield block, element
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict):
                yield block, block[name]


def options_of(element: Mapping[str, object]) -> list[Json]:
    """The options of a select, those in groups too."""
    options = element.get("options")
    groups = element.get("option_groups")
    found = list(options) if isinstance(options, list) else []
    for group in groups if isinstance(groups, list) else []:
        found += group.get("options", [])
    return found


def state_of(element: Json, given: object, suggested: Sequence[Json] = ()) -> Json:
    """What Slack says of one element into which somebody put `given` (a string, several, or nothing).

    `suggested` are the options that the app offered for an external select.
    """
    kind = element["type"]
    several = [str(item) for item in given] if isinstance(given, list | tuple) else [str(given)]
    offered = {option["value"]: option for option in [*suggested, *options_of(element)]}
    chosen = [option for value, option in offered.items() if value in several and given is not None]
    state: Json = {"type": kind}
    match kind:
        case "static_select" | "external_select" | "radio_buttons" | "overflow":
            state["selected_option"] = chosen[0] if chosen else None
        case "multi_static_select" | "multi_external_select" | "checkboxes":
            state["selected_options"] = chosen
        case "users_select" | "conversations_select" | "channels_select":
            state["selected_" + kind.removesuffix("s_select")] = given or None
        case "multi_users_select" | "multi_conversations_select" | "multi_channels_select":
            name = "selected_" + kind.removeprefix("multi_").removesuffix("_select")
            state[name] = several if given else []
        case "datepicker" | "timepicker":
            state["selected_" + kind.removesuffix("picker")] = given or None
        case "datetimepicker":
            state["selected_date_time"] = int(several[0]) if given else None
        case "rich_text_input":
            state["rich_text_value"] = _rich(several[0]) if given else None
        case "file_input":
            state["files"] = [{"id": file_id} for file_id in several] if given else []
        case _:
            state["value"] = given or None
    return state


def initial_of(element: Mapping[str, object]) -> object:
    """What stands in an element before anybody touched it, as `state_of` takes it."""
    for name, value in element.items():
        if name == "initial_option" and isinstance(value, dict):
            return value["value"]
        if name == "initial_options" and isinstance(value, list):
            return [option["value"] for option in value]
        if name.startswith("initial_"):
            return value
    return None


def problem_with(block: Json, element: Json, state: Json, language: str) -> str:
    """What Slack itself tells a person of an input before the app hears of it; "" if it will do."""
    value = next((value for name, value in state.items() if name != "type"), None)
    if not value:
        return "" if block.get("optional") else _REQUIRED[language]
    match element["type"]:
        case "plain_text_input":
            if len(value) < int(element.get("min_length") or 0):
                return _TOO_SHORT[language].format(element["min_length"])
            if len(value) > int(element.get("max_length") or 3000):
                return _TOO_LONG[language].format(element.get("max_length") or 3000)
        case "number_input":
            return _number_problem(element, str(value), language)
        case "email_text_input":
            name, at, host = str(value).partition("@")
            return "" if name and at and "." in host else _NO_EMAIL[language]
        case "url_text_input":
            return "" if str(value).startswith(("http://", "https://")) else _NO_URL[language]
    return ""


def _number_problem(element: Json, value: str, language: str) -> str:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return _NO_NUMBER[language]
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return _TOO_SMALL[language].format(least)
    if most is not None and number > float(most):
        return _TOO_GREAT[language].format(most)
    return ""


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
