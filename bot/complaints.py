"""What pydantic found wrong with settings, in words for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from bot.errors import ConfigError
from bot.toml_lines import Key

Where = Callable[[Key], str]
"""What a complaint about a setting begins with: "config.toml, line 3: ", or nothing."""


class WrongSetting(ConfigError):
    """One setting is wrong. `setting` is its name, for a form that says so beside the field; empty where
    several do not agree."""

    def __init__(self, message: str, *, mend: str = "", setting: str = "") -> None:
        super().__init__(message, mend=mend)
        self.setting = setting


_EXPECTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "literal_error": "{expected}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "greater_than": "more than {gt}",
    "less_than": "less than {lt}",
}
"""By pydantic's kind of error, with the fields of its context."""


def complaint(
    where: Where, exc: ValidationError, under: Key, known: Callable[[Key], Sequence[str]] = lambda _: ()
) -> WrongSetting:
    """The first thing that is wrong. `known` gives the settings that a table may have."""
    first = exc.errors()[0]
    key: Key = (*under, *(str(part) for part in first["loc"]))
    name, here = ".".join(key), where(key)
    kind, setting = first["type"], str(first["loc"][0]) if first["loc"] else ""
    if kind == "extra_forbidden":
        names = known(key[:-1])
        return WrongSetting(
            f"{here}the setting {name!r} is not known.",
            mend=f"Known here: {', '.join(names)}." if names else "Remove it, or mend its name.",
            setting=setting,
        )
    if kind in ("missing", "missing_argument"):
        return WrongSetting(f"{here}the setting {name!r} is missing.", mend="Add it.", setting=setting)
    expected = _EXPECTED.get(kind, "").format_map(first.get("ctx", {})) or _own_words(first["msg"])
    if kind == "value_error" and isinstance(first["input"], Mapping):  # a table whose settings do not agree
        return WrongSetting(f"{here}{name}: {expected}.", mend="Mend that table.")
    return WrongSetting(
        f"{here}{name} is {first['input']!r}, but {expected} is expected.",
        mend="Mend that line." if here else "Mend it.",
        setting=setting,
    )


def _own_words(message: str) -> str:
    """What one of our own checks says, or pydantic for want of better words."""
    return message.removeprefix("Value error, ").removeprefix("Input should be ")
