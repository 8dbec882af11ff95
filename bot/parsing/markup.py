"""HTML and JSX inside Markdown: taken off, with their text kept and their tables made Markdown tables."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from bot.parsing.tables import Cell, flattened, rendered

# Code comes first in the pattern, so that nothing inside it is taken for markup. Quantifiers are possessive
# or lazy up to a fixed end: hostile text must not make the search go back and forth.
_TOKEN = re.compile(
    r"""
      (?P<code>
          ^[ \t>]*+(?P<fence>`{3,}+(?=[^`\n]*$)|~{3,}+)[^\n]*+
              (?:\n(?:.*?^)?[ \t>]*(?P=fence)[`~]*+[ \t]*+$|.*\Z)
        | (?<!`)(?P<tick>`++)(?:(?!\n[ \t]*+\n).){1,5000}?(?<!`)(?P=tick)(?!`)
      )
    | \\(?P<escaped>[<>{}])
    | \\.
    | (?P<opening> <!-- | \{[ ]?/\* | <(?:script|style|svg|template|noscript)(?=[\s>]) )
    | !\[(?P<alt>[^\]\n]{0,1000}+)\]\((?:[^()\n]|\([^()\n]*+\)){0,2000}+\)
    | <(?P<close>/?)(?P<name>[A-Za-z][\w.-]*+)
        (?P<attributes>(?:\s++[\w:.-]++(?:\s*+=\s*+
            (?:"[^"]*+"|'[^']*+'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}
            |[^\s"'=<>`{}]++))?+)*+)
        \s*+/?>
    | (?P<space> \{(?:"[ ]*+"|'[ ]*+')\} )
    | (?P<entity> &(?:[A-Za-z][A-Za-z0-9]{1,31}|\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}); )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CLOSING = {"<!--": re.compile("-->"), "{/*": re.compile(r"\*/[ ]?\}")} | {
    f"<{name}": re.compile(rf"</{name}\s*+>", re.IGNORECASE)
    for name in ("script", "style", "svg", "template", "noscript")
}
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MODULE_LINES = re.compile(
    r"^(?:import\s+(?:[^\n]*?\sfrom\s+)?['\"][^\n]*|import\s+\{[^}]*\}\s+from[^\n]*"
    r"|export\s+(?:const|let|default|async|function|\{|\*)(?:[^\n]*\n)(?:[ \t]*\S[^\n]*\n)*)",
    re.MULTILINE,
)
_FENCE_OR_BLANKS = re.compile(
    r"(?P<code>^[ \t>]*+(?P<fence>`{3,}+(?=[^`\n]*$)|~{3,}+)[^\n]*+"
    r"(?:\n(?:.*?^)?[ \t>]*(?P=fence)[`~]*+[ \t]*+$|.*\Z))|\n(?:[ \t]*+\n){2,}+",
    re.DOTALL | re.MULTILINE,
)
_FILE_NAME = re.compile(
    r"^\S*(?:\.(?:png|jpe?g|gif|svg|webp|bmp)|image[-_ ]?\d[\w-]*)$|^(?:image|screenshot)\S*$", re.I
)

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "audio", "blockquote", "center", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "form", "header", "hr", "iframe", "li", "main", "nav", "object", "ol",
    "p", "pre", "section", "summary", "ul", "video",
})
_INLINE = frozenset({
    "a", "abbr", "b", "big", "button", "cite", "col", "colgroup", "del", "em", "embed", "font", "i", "input",
    "ins", "kbd", "label", "mark", "param", "q", "s", "samp", "small", "source", "span", "strike", "strong",
    "sub", "sup", "track", "tt", "u", "var", "wbr",
})
# fmt: on
_TABLE = frozenset(["table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"])
_HEADING = re.compile(r"h([1-6])$")
_SPOKEN_ATTRIBUTES = ("title", "label", "summary", "description")


def without_module_lines(source: str) -> str:
    """MDX source without its `import` and `export` statements; those in code stay."""
    pieces: list[str] = []
    end = 0
    for match in _FENCE_OR_BLANKS.finditer(source):
        if match["code"]:
            pieces += (_MODULE_LINES.sub("", source[end : match.start()]), match[0])
            end = match.end()
    return "".join((*pieces, _MODULE_LINES.sub("", source[end:])))


def without_markup(source: str) -> str:
    """Markdown source with nothing of HTML or JSX left but its text.

    Code stays as it is. Entities become characters, images their description. A table becomes a Markdown
    table whose cells are one line each.
    """
    text = _Stripper(source).stripped()
    return _FENCE_OR_BLANKS.sub(lambda match: match["code"] or "\n\n", text)


@dataclass
class _Table:
    rows: list[list[Cell]] = field(default_factory=list)
    is_cell_open: bool = False


class _Stripper:
    def __init__(self, source: str) -> None:
        self._source = source
        self._sinks: list[list[str]] = [[]]  # the text of the page, then of each open cell
        self._tables: list[_Table] = []
        self._closed_names = set(re.findall(r"</([A-Za-z][\w.-]*)", source))
        self._image: tuple[list[str], int] | None = None
        self._endless: set[str] = set()

    def stripped(self) -> str:
        end = 0
        while match := _TOKEN.search(self._source, end):
            self._say(self._source[end : match.start()])
            if match["opening"]:
                end = self._after_what_opens(match["opening"], match.end())
            else:
                self._token(match)
                end = match.end()
        self._say(self._source[end:])
        while self._tables:
            self._end_table()
        return "".join(self._sinks[0])

    def _after_what_opens(self, opening: str, start: int) -> int:
        """Where a comment, script ... ends. One that never ends is text."""
        if opening not in self._endless:
            if closing := _CLOSING[opening.replace(" ", "")].search(self._source, start):
                return closing.end()
            self._endless.add(opening)  # so that a thousand more of them are not searched for again
        if opening == "<!--" or opening.startswith("{"):
            self._say(opening)
        return start

    def _say(self, text: str) -> None:
        if text:
            self._sinks[-1].append(text)

    def _token(self, match: re.Match[str]) -> None:
        if match["name"]:
            self._tag(match)
        elif match["alt"] is not None:
            self._describe_image(match["alt"])
        elif match["entity"]:
            self._say(html.unescape(match["entity"]).replace("\xa0", " "))
        elif match["space"]:
            self._say(" ")
        else:
            self._say(match["escaped"] or match[0])

    def _tag(self, match: re.Match[str]) -> None:
        name, is_close = match["name"], bool(match["close"])
        lower = name.lower()
        heading = _HEADING.match(lower)
        if lower in _TABLE:
            self._table_tag(lower, is_close, match["attributes"])
        elif heading:
            self._say("\n\n" if is_close else f"\n\n{'#' * int(heading[1])} ")
        elif lower == "br":
            self._say(" " if self._is_single_line(match.start()) else "\n")
        elif lower == "code":
            self._say("`")
        elif lower == "img":
            self._describe_image(html.unescape(_attributes(match["attributes"]).get("alt", "")))
        elif lower in _BLOCKS:
            self._block_tag(lower, is_close, match.end())
        elif lower in _INLINE:
            return
        elif name[0].isupper() and self._is_component(match):
            said = _attributes(match["attributes"])
            self._say(": ".join(html.unescape(said[key]) for key in _SPOKEN_ATTRIBUTES if said.get(key)))
        else:  # <version>, <PID>: a place to fill in, not a tag
            self._say(match[0])

    def _is_component(self, match: re.Match[str]) -> bool:
        return (
            match[0].endswith("/>")
            or bool(match["attributes"].strip())
            or match["name"] in self._closed_names
        )

    def _is_single_line(self, position: int) -> bool:
        start = self._source.rfind("\n", 0, position) + 1
        return self._source[start:position].lstrip().startswith(("|", "#"))

    def _describe_image(self, alt: str) -> None:
        alt = " ".join(alt.split())
        if alt and not _FILE_NAME.match(alt):
            self._image = (self._sinks[-1], len(self._sinks[-1]))
            self._say(alt)

    def _block_tag(self, name: str, is_close: bool, end: int) -> None:
        if name == "figure":
            self._image = None
        elif name == "figcaption" and not is_close and self._image:
            sink, place = self._image
            sink[place] = ""  # the caption says what the image's description says
            self._image = None
        if name == "li" and not is_close:
            self._say("\n- ")
        elif is_close and not self._source.startswith("\n", end):
            self._say("\n")

    def _table_tag(self, name: str, is_close: bool, attributes: str) -> None:
        if name == "table" and not is_close:
            self._tables.append(_Table())
        elif not self._tables:
            return
        elif name == "table":
            self._end_table()
        elif name == "tr":
            self._end_cell()
            if not is_close:
                self._tables[-1].rows.append([])
        elif name in ("td", "th"):
            self._end_cell()
            if not is_close:
                self._begin_cell(_attributes(attributes))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        cell = Cell(_span(attributes, "colspan"), _span(attributes, "rowspan"))
        table.rows[-1].append(cell)
        table.is_cell_open = True
        self._sinks.append(cell.pieces)

    def _end_cell(self) -> None:
        if self._tables[-1].is_cell_open:
            self._tables[-1].is_cell_open = False
            self._sinks.pop()

    def _end_table(self) -> None:
        self._end_cell()
        rows = [row for row in self._tables.pop().rows if row]
        self._say(f"\n\n{rendered(rows)}\n\n" if not self._tables else f" {flattened(rows)} ")


def _attributes(source: str) -> dict[str, str]:
    return {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(source)}


def _span(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    return min(max(int(value), 1), 100) if value.isdecimal() and len(value) < 6 else 1
