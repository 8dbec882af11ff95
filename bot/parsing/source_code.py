"""Source code: cut at functions and classes, with the comments that stand above them, as fenced code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble, clean
from bot.parsing.text import decode

# A grammar for each language (tree-sitter) would cut more exactly; lines that begin a definition are enough
# to say where a passage stands, and cost nothing to install.
_PYTHON = r"(?:async\s+)?(?:def|class)\s+(?P<name>\w+)"
_RUBY = r"(?:def|class|module)\s+(?P<name>[\w.:?!]+)"
_GO = r"(?:func\s+(?:\([^)]{0,100}\)\s*)?|type\s+)(?P<name>\w+)"
_RUST = (
    r"(?:pub(?:\([\w:\s]{1,40}\))?\s+)?(?:(?:async|const|unsafe|default)\s+|extern\s+\"\w+\"\s+)*"
    r"(?:fn|struct|enum|trait|union|mod|impl(?:<[^>]{0,100}>)?|macro_rules!)\s+(?P<name>[\w:<>&' ]{1,100})"
)
_SCRIPT = (
    r"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?"
    r"(?:(?:async\s+)?function\s*\*?\s*(?P<name>[\w$]+)|(?:class|interface|enum|namespace|type)\s+(?P<type>[\w$]+)"
    r"|(?:const|let|var)\s+(?P<value>[\w$]+)[^=\n]{0,200}=\s*(?:async\s*)?(?:function\b|\([^()\n]{0,300}\)[^=\n]{0,100}=>|\w+\s*=>))"
)
_WORDS = (
    r"(?:public|private|protected|internal|static|final|abstract|sealed|open|override|partial|async|virtual"
    r"|readonly|inline|suspend|data|synchronized|default|implicit|lazy|mutating|fileprivate|unsafe|extern)\s+"
)
_CURLY = (
    rf"(?:{_WORDS}){{0,6}}(?:(?:class|interface|enum|record|struct|object|trait|protocol|extension|namespace"
    r"|fun|func|function|def|sub)\s+(?P<name>[\w.$]+)"
    rf"|(?:{_WORDS})[\w<>\[\],.? ]{{1,100}}\s(?P<method>\w+)\s*\([^;]*$)"
)
_C = (
    r"(?:(?:typedef\s+)?(?:struct|class|enum|union|namespace)\s+(?P<name>\w+)[^;()]*$"
    r"|(?!(?:return|else|if|for|while|switch|case|do)\b)[A-Za-z_][\w\s*&:<>,]{0,200}?[\s*&](?P<method>[\w:~]+)\s*\([^;]*$)"
)
_SQL = (
    r"create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unique\s+|materialized\s+)?"
    r"(?:table|view|function|procedure|trigger|index|type|schema|package(?:\s+body)?)\s+(?:if\s+not\s+exists\s+)?"
    r"(?P<name>[\w.\"`\[\]]+)"
)
_SHELL = r"(?:function\s+(?P<name>[\w-]+)|(?P<method>[\w-]+)\s*\(\)\s*\{?)"
_LUA = r"(?:local\s+)?function\s+(?P<name>[\w.:]+)"
_R = r"(?P<name>[\w.]+)\s*(?:<-|=)\s*function\b"

# suffix -> (language of the fence, what begins a definition)
_LANGUAGES: dict[str, tuple[str, str]] = {
    ".py": ("python", _PYTHON),
    ".rb": ("ruby", _RUBY),
    ".go": ("go", _GO),
    ".rs": ("rust", _RUST),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), ("javascript", _SCRIPT)),
    **dict.fromkeys((".ts", ".tsx", ".mts"), ("typescript", _SCRIPT)),
    ".java": ("java", _CURLY),
    **dict.fromkeys((".kt", ".kts"), ("kotlin", _CURLY)),
    ".cs": ("csharp", _CURLY),
    ".swift": ("swift", _CURLY),
    ".scala": ("scala", _CURLY),
    ".php": ("php", _CURLY),
    **dict.fromkeys((".c", ".h"), ("c", _C)),
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".hpp"), ("cpp", _C)),
    ".sql": ("sql", _SQL),
    **dict.fromkeys((".sh", ".bash"), ("bash", _SHELL)),
    ".ps1": ("powershell", r"function\s+(?P<name>[\w:-]+)"),
    ".lua": ("lua", _LUA),
    ".r": ("r", _R),
    **dict.fromkeys((".yaml", ".yml"), ("yaml", "")),
    ".toml": ("toml", ""),
    ".ini": ("ini", ""),
    ".tf": ("hcl", r'(?:resource|module|data|variable|output|provider)\s+"?(?P<name>[\w"\- .]+?)"?\s*\{'),
    ".proto": ("protobuf", r"(?:message|service|enum|rpc)\s+(?P<name>\w+)"),
    ".graphql": ("graphql", r"(?:type|input|enum|interface|union|query|mutation|fragment)\s+(?P<name>\w+)"),
}

_BELONGS_BELOW = re.compile(r"\s*(?:#(?!include|define|if|end|else)|//|/\*|\*|--(?!>)|@\w|\[\w|\"\"\"|%|;)")
_LONGEST_LINE = 2_000
_FENCE = re.compile("`{3,}")


def parse_source_code(content: bytes, name: str) -> Parsed:
    """A section for what stands before the first definition, then one for each function, class and method.

    Raises ParseError for code that no person wrote, made small to be sent.
    """
    text = clean(decode(content, name)).expandtabs(4)
    lines = text.split("\n")
    if len(text) > 20_000 and len(text) > len(lines) * 500:
        raise ParseError(f"{name} is code made by a program for a program (very long lines): not read.")
    language, pattern = _LANGUAGES.get(PurePosixPath(name).suffix.lower(), ("", ""))
    longest = max((len(found[0]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * max(3, longest + 1)
    sections = [
        Section(path, f"{fence}{language}\n{body}\n{fence}")
        for path, body in _definitions(lines, pattern)
        if body.strip()
    ]
    return assemble(name, PurePosixPath(name).name, sections)


def _definitions(lines: list[str], pattern: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Paths of names and the code below them, in order; every line is in one of them."""
    if not pattern:
        yield (), _joined(lines)
        return
    begins = re.compile(r"(?P<indent>\s{0,8})" + pattern, re.IGNORECASE if pattern is _SQL else 0)
    start = 0
    path: tuple[str, ...] = ()
    outer = ""
    for number, line in enumerate(lines):
        found = begins.match(line) if len(line) < _LONGEST_LINE else None
        if not found:
            continue
        groups = found.groupdict()
        name = next((said.strip() for key, said in groups.items() if said and key != "indent"), "")
        is_inside = bool(groups["indent"])
        if not name or (is_inside and not outer):
            continue
        if is_inside and len(groups["indent"]) > 4:
            continue  # a function within a function: part of it
        first = _with_what_belongs_to_it(lines, number, start)
        yield path, _joined(lines[start:first])
        start = first
        if not is_inside:
            outer = name
        path = (outer, name) if is_inside else (name,)
    yield path, _joined(lines[start:])


def _with_what_belongs_to_it(lines: list[str], number: int, least: int) -> int:
    """Where the comments and decorators right above a definition begin."""
    while number > least and lines[number - 1].strip() and _BELONGS_BELOW.match(lines[number - 1]):
        number -= 1
    return number


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
