"""Scenarios: what people do, what goes wrong and what must be seen, one step after another, in TOML.

    title = "A question"

    [[steps]]
    do = "say"
    as = "jiwoo"
    in = "general"
    text = "@footnote how much leave do I have?"

    [[steps]]
    do = "wait_for"
    what = "reply"

play.py plays them; docs/sandbox.md lists every step and its keys.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.sandbox.scenario.steps import LAST, STEPS, AnyStep, keys_of


class ScriptError(Exception):
    """A scenario cannot be played. `problem` names file, step and key, `mend` the next step."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem = problem
        self.mend = mend


@dataclass(frozen=True)
class Script:
    """A whole scenario, found right."""

    title: str
    steps: tuple[AnyStep, ...]
    folder: Path
    """Where the paths in it start from."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    steps: list[Annotated[AnyStep, Field(discriminator="do")]] = Field(min_length=1)


def read_script(path: Path) -> Script:
    """Read and check a scenario. Raises ScriptError for the first thing that is wrong in it."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ScriptError(f"{path} cannot be read: {exc.strerror or exc}.", "Name a TOML file.") from exc
    except UnicodeDecodeError as exc:
        raise ScriptError(f"{path} is no UTF-8.", "Save it as UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ScriptError(f"{path} is no TOML: {exc}.", "Texts stand in quotes; lists in brackets.") from exc
    try:
        file = _File.model_validate(found)
    except ValidationError as exc:
        raise _wrong(path, exc) from exc
    script = Script(file.title, tuple(file.steps), path.parent)
    if problem := _unknown_names(script):
        raise ScriptError(f"{path}, {problem}", "Give the step that makes the message an `id`.")
    return script


def _wrong(path: Path, error: ValidationError) -> ScriptError:
    first = error.errors(include_url=False)[0]
    location = first["loc"]
    where, kind = str(path), None
    if len(location) > 1 and isinstance(location[1], int):
        where += f", step {location[1] + 1}"
        if len(location) > 2:
            kind = STEPS.get(str(location[2]))
            where += f" ({location[2]})"
            location = location[2:]
        location = location[1:]
    key = str(location[0]) if location else ""
    taken = f"It takes {', '.join(keys_of(kind))}." if kind else ""
    match first["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return ScriptError(f"{where}: `do` says no known step.", f"There are {', '.join(STEPS)}.")
        case "missing":
            return ScriptError(f"{where}: `{key}` is missing.", taken or "Add it.")
        case "extra_forbidden":
            return ScriptError(f"{where}: `{key}` is unknown.", taken or "A scenario has a title and steps.")
        case "value_error":
            return ScriptError(f"{where}: {first['ctx']['error']}.", taken)
        case _:
            return ScriptError(
                f"{where}: `{key}`: {first['msg']}.", taken or "Write it as docs/sandbox.md shows."
            )


def _unknown_names(script: Script) -> str:
    known = {LAST, ""}
    for number, step in enumerate(script.steps, 1):
        fields: dict[str, Any] = dict(step)
        for key in ("thread", "message"):
            if fields.get(key, "") not in known:
                return f"step {number} ({fields['do']}): `{key}` names {fields[key]!r}, no step before it."
        if step.id:
            known.add(step.id)
    return ""
