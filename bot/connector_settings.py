"""The settings of a connector: what its kind has, in the words of its docstrings; and how it is made."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from bot.complaints import Where, WrongSetting, complaint
from bot.errors import NotFound
from bot.toml_lines import Key
from connectors import KINDS
from connectors.base import (
    Connector,
    CredentialsRejected,
    Machine,
    Secret,
    SourceError,
    Unreachable,
)

_ADDRESSES = ("urls", "remote", "host", "endpoint_url", "api_url", "graph_url", "url")
"""Settings that say where a source is. Where a kind has another of them, its `url` is for links."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Setting:
    """One field of a kind, as forms and the command line show it."""

    name: str
    type: Literal["text", "list", "number", "flag", "choice", "choices", "path", "secret"]
    """"list" and "choices" hold several values."""
    is_required: bool
    default: Any
    """A plain value; None where there is none, and of a secret."""
    choices: tuple[str, ...]
    """What "choice" and "choices" are chosen from."""
    about: str
    """The docstring of the field, in one line; empty where it has none."""


def known_kind(kind: str) -> type[Connector]:
    """Raises NotFound."""
    if kind not in KINDS:
        raise NotFound(f"There is no kind {kind!r}.", mend=f"Known kinds: {', '.join(sorted(KINDS))}.")
    return KINDS[kind]


def about_kind(kind: str) -> str:
    """What a kind reads: the first line of its class. Raises NotFound."""
    return inspect.cleandoc(known_kind(kind).__doc__ or "").partition("\n")[0]


def settings_of(kind: str) -> tuple[Setting, ...]:
    """The settings that a kind has, in the order it names them. Raises NotFound."""
    return _settings_of(known_kind(kind))


def secrets_of(kind: str) -> frozenset[str]:
    """Names of the settings that are secrets. Raises NotFound."""
    return frozenset(setting.name for setting in settings_of(kind) if setting.type == "secret")


def check_name(name: str, *, what: str = "connector", where: str = "") -> None:
    """Raises WrongSetting."""
    if not _NAME.fullmatch(name):
        raise WrongSetting(
            f"{where}the {what} name {name!r} is not usable.",
            mend="Use small letters, digits, - and _ (at most 40).",
            setting="name",
        )


def check_known(kind: str, names: Iterable[str], *, where: Where = lambda _: "", under: Key = ()) -> None:
    """Raises WrongSetting where a kind has no setting of one of these names."""
    known = {setting.name for setting in settings_of(kind)}
    for name in names:
        if name not in known:
            raise WrongSetting(
                f"{where((*under, name))}a {kind} connector has no setting {name!r}.",
                mend=f"It has: {', '.join(sorted(known))}.",
                setting=name,
            )


def make_connector(
    kind: str,
    settings: Mapping[str, Any],
    *,
    machine: Machine,
    folder: Path,
    where: Where = lambda _: "",
    under: Key = (),
) -> Connector:
    """The connector that a table describes; its secrets are Secret already, paths are relative to `folder`.

    Raises WrongSetting, which begins with `where` the setting stands and names it `under` a table.
    """
    check_known(kind, settings, where=where, under=under)
    cls = KINDS[kind]
    given = dict(settings)
    if get_type_hints(cls).get("machine") is Machine:
        given["machine"] = machine
    try:
        connector = TypeAdapter(cls).validate_python(given)
    except ValidationError as exc:
        raise complaint(where, exc, under) from exc
    if isinstance(path := getattr(connector, "path", None), Path):
        absolute = (folder / path.expanduser()).absolute()
        connector = dataclasses.replace(connector, path=absolute)  # type: ignore[type-var]
    return connector


def plain_settings(kind: str, connector: Connector, names: Mapping[str, Any]) -> dict[str, Any]:
    """Of these settings, but for secrets, what the connector made of them: values that JSON and TOML have."""
    return {
        setting.name: _plain(getattr(connector, setting.name))
        for setting in settings_of(kind)
        if setting.name in names and setting.type != "secret"
    }


def setting_at_fault(kind: str, error: SourceError, given: Collection[str]) -> str:
    """The setting beside which a form shows a failed check; "" where no single one is likely at fault.

    `given`: names of the settings and secrets that are not left empty. Raises NotFound.
    """
    if error.setting:
        return error.setting
    if isinstance(error, CredentialsRejected):
        secrets = [setting.name for setting in settings_of(kind) if setting.type == "secret"]
        return next((name for name in secrets if name in given), secrets[0] if secrets else "")
    if isinstance(error, Unreachable):
        return next((name for name in _ADDRESSES if name in given and name in _names(kind)), "")
    return ""


def _names(kind: str) -> frozenset[str]:
    return frozenset(setting.name for setting in settings_of(kind))


def from_texts(kind: str, texts: Mapping[str, list[str]]) -> dict[str, Any]:
    """Settings from what was typed: a list may have several texts, all else one; an empty text is left out.

    Raises WrongSetting, NotFound.
    """
    known = {setting.name: setting for setting in settings_of(kind)}
    found: dict[str, Any] = {}
    for name, typed in texts.items():
        several = name in known and known[name].type in ("list", "choices")
        values = [text.strip() for text in typed if text.strip()]
        if not all(_is_text(value) for value in values):
            raise WrongSetting(f"{name} holds what is no text.", mend="Type it anew.", setting=name)
        if several and values:
            found[name] = values
        elif len(values) > 1:
            raise WrongSetting(f"{name} has one value, not {len(values)}.", mend="Give one.", setting=name)
        elif values:
            found[name] = values[0]
    return found


def _is_text(value: str) -> bool:
    """Halves of surrogate pairs come from arguments that are not UTF-8; no database keeps them."""
    return not any("\ud800" <= char <= "\udfff" or char == "\0" for char in value)


def _shape(annotation: Any) -> tuple[Any, tuple[str, ...]]:
    """What of Setting.type an annotation is, and what may be chosen."""
    arguments = tuple(each for each in get_args(annotation) if each is not NoneType)
    if get_origin(annotation) is Literal:
        return "choice", arguments
    if get_origin(annotation) is tuple:
        return ("choices", get_args(arguments[0])) if get_origin(arguments[0]) is Literal else ("list", ())
    plain = arguments[0] if arguments else annotation
    shapes = {Secret: "secret", Path: "path", bool: "flag", int: "number", float: "number"}
    return shapes.get(plain, "text"), ()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


@cache
def _settings_of(cls: type[Connector]) -> tuple[Setting, ...]:
    types, docs = get_type_hints(cls), _docstrings(cls)
    found: list[Setting] = []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if not field.init or types[field.name] is Machine:
            continue
        shape, choices = _shape(types[field.name])
        has_default = field.default is not dataclasses.MISSING
        default = _plain(field.default) if has_default and shape != "secret" else None
        found.append(Setting(field.name, shape, not has_default, default, choices, docs.get(field.name, "")))
    return tuple(found)


def _docstrings(cls: type) -> dict[str, str]:
    """Field to the string that stands below it in the source, in one line."""
    found: dict[str, str] = {}
    for tree in ast.parse(textwrap.dedent(inspect.getsource(cls))).body:
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for node, following in pairwise(body):
            match node, following:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = " ".join(text.split())
    return found
