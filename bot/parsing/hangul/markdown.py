"""Documents of Hangul as sections of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import ParseError
from bot.parsing import articles
from bot.parsing.hangul import MAX_DEPTH, Box, Cell, Note, Paragraph, Piece, RunningHead, Table
from bot.parsing.parsed import Parsed, Section, assemble, one_line
from bot.parsing.tables import markdown_table

MAX_TABLE_CELLS = 200_000
"""Of one table, counted with the cells that merged ones cover."""

_LONGEST_HEADING = 120
_BULLETS = "□■○●◇◆▶▷※-· "
_CELLS_OF_A_LINE = 12
"""Of a table that has but one row: few are a line of labels and values, more are a page laid out."""
_TITLES_THAT_SAY_NOTHING = re.compile(
    r"(?:제목 ?없음|빈 ?문서\s?\d*|untitled|document\s?\d*|.*\.(?:hwpx?|docx?)|[\d\W_]+)$", re.IGNORECASE
)


def rendered(paragraphs: Sequence[Paragraph], name: str, title: str = "") -> Parsed:
    """The document as sections. Raises ParseError if it has no text or is nested too deeply.

    `title` is what the file says of itself: often left over from the document it was copied from, so it only
    counts if it is in the text.
    """
    rendering = _Rendering()
    for paragraph in paragraphs:
        rendering.add(paragraph)
    return rendering.parsed(name, title)


def table_blocks(table: Table) -> Iterator[str]:
    """A table by itself: what it is called, then its Markdown; paragraphs where it is only a frame."""
    return _Rendering().table(table)


@dataclass
class _Block:
    """One block of text, or a heading and what stands in the heading's own paragraph after it."""

    text: str
    level: int = 0
    heading: str = ""
    is_item: bool = False


class _Rendering:
    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._running: set[str] = set()
        self._footers: list[str] = []
        self._notes: list[str] = []
        self._note_count = {False: 0, True: 0}
        self._depth = 0

    def parsed(self, name: str, title: str) -> Parsed:
        blocks = [*self._blocks, *(_Block(text) for text in self._footers)]
        sections = _sections(_without_empty_headings(blocks))
        title = one_line(title).lstrip(_BULLETS)
        if title and (_TITLES_THAT_SAY_NOTHING.match(title) or not _says(blocks, title)):
            title = ""
        return assemble(name, title, sections)

    def add(self, paragraph: Paragraph) -> None:
        text = self._text(paragraph).strip()
        before, after = _around_text(paragraph)
        self._blocks += [_Block(block) for piece in before for block in self._apart(piece)]
        if text:
            self._say(paragraph, text)
        self._blocks += [_Block(block) for piece in after for block in self._apart(piece)]
        self._blocks += [_Block(note) for note in self._taken_notes()]

    def _say(self, paragraph: Paragraph, text: str) -> None:
        line = f"{paragraph.mark} {text}" if paragraph.mark else text
        if found := articles.heading(line):
            level, heading, has_more = found
            level = paragraph.heading or articles.ABOVE_ARTICLES + level
            self._blocks.append(_Block(line if has_more else "", level, heading))
        elif paragraph.heading and len(line) <= _LONGEST_HEADING and "\n" not in text:
            self._blocks.append(_Block("", paragraph.heading, one_line(line)))
        else:
            self._blocks.append(_Block(line, is_item=bool(paragraph.mark)))

    def _text(self, paragraph: Paragraph) -> str:
        pieces: list[str] = []
        for piece in paragraph.pieces:
            if isinstance(piece, str):
                pieces.append(piece)
            elif isinstance(piece, Note):
                pieces.append(self._note(piece))
        return "".join(pieces)

    def _note(self, note: Note) -> str:
        self._note_count[note.is_endnote] += 1
        label = f"[^{'미주' if note.is_endnote else ''}{self._note_count[note.is_endnote]}]"
        text = self._flat(note.paragraphs)
        if text:
            self._notes.append(f"{label}: {text}")
        return label if text else ""

    def _taken_notes(self) -> list[str]:
        taken, self._notes = self._notes, []
        return taken

    def _apart(self, piece: Piece) -> Iterator[str]:
        """The blocks of what stands apart from the text of its paragraph."""
        if isinstance(piece, Table):
            yield from self.table(piece)
        elif isinstance(piece, Box):
            yield from self._inner(piece.paragraphs)
        elif isinstance(piece, RunningHead):
            text = "\n".join(self._inner(piece.paragraphs))
            if text and text not in self._running:
                self._running.add(text)
                if piece.is_footer:
                    self._footers.append(text)
                else:
                    yield text

    def _inner(self, paragraphs: Sequence[Paragraph]) -> Iterator[str]:
        """The blocks of paragraphs that stand in something: no headings of the document among them."""
        self._deeper()
        for paragraph in paragraphs:
            text = self._text(paragraph).strip()
            before, after = _around_text(paragraph)
            for piece in before:
                yield from self._apart(piece)
            if text:
                yield f"{paragraph.mark} {text}" if paragraph.mark else text
            for piece in after:
                yield from self._apart(piece)
        self._depth -= 1

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ParseError("The tables and boxes in it are nested too deeply to be read.")

    def _flat(self, paragraphs: Sequence[Paragraph]) -> str:
        """On one line, as in a cell of a table: a table in it as "cell / cell; cell / cell"."""
        self._deeper()
        said: list[str] = []
        for paragraph in paragraphs:
            text = one_line(self._text(paragraph))
            before, after = _around_text(paragraph)
            said += [self._flat_piece(piece) for piece in before]
            if text:
                said.append(f"{paragraph.mark} {text}" if paragraph.mark else text)
            said += [self._flat_piece(piece) for piece in after]
        self._depth -= 1
        return " ".join(filter(None, said))

    def _flat_piece(self, piece: Piece) -> str:
        if isinstance(piece, Table):
            rows = self._grid(piece, filled=False)
            table = "; ".join(" / ".join(filter(None, row)) for row in rows if any(row))
            return " ".join(filter(None, [self._flat(piece.caption), table]))
        return self._flat(piece.paragraphs) if isinstance(piece, Box) else ""

    def table(self, table: Table) -> Iterator[str]:
        caption = self._flat(table.caption)
        if caption:
            yield caption
        by_row: dict[int, list[Cell]] = {}
        for cell in table.cells:
            by_row.setdefault(cell.row, []).append(cell)
        if all(len(row) == 1 for row in by_row.values()):  # only there for the frame
            for cell in table.cells:
                yield from self._inner(cell.paragraphs)
            return
        # rows of one cell above the others are what the table is called
        for row in sorted(by_row)[:-2]:
            if len(by_row[row]) > 1 or by_row[row][0].rows > 1:
                break
            yield from self._inner(by_row[row][0].paragraphs)
            table = Table([cell for cell in table.cells if cell.row != row])
        rows = self._grid(table, filled=True)
        if len(rows) > 1 and len(rows[0]) > 1:
            yield markdown_table(rows)
        elif len(table.cells) <= _CELLS_OF_A_LINE:
            yield " | ".join(cell for row in rows for cell in row if cell)
        else:
            for cell in table.cells:
                yield from self._inner(cell.paragraphs)

    def _grid(self, table: Table, *, filled: bool) -> list[list[str]]:
        """The rows, without those rows and columns that are empty.

        `filled`: what spans rows is said in each of them, and a head that spans columns in each that the row
        below divides it into, so that every row can be understood alone.
        """
        height = max((cell.row + cell.rows for cell in table.cells), default=0)
        width = max((cell.column + cell.columns for cell in table.cells), default=0)
        if height * width > MAX_TABLE_CELLS:
            raise ParseError(f"A table in it has {height * width:,} cells, more than are read.")
        top = min((cell.row for cell in table.cells), default=0)
        starts = {(cell.row, cell.column) for cell in table.cells}
        grid = [[""] * width for _ in range(height)]
        for cell in table.cells:
            text = self._flat(cell.paragraphs)
            is_divided = cell.row == top and (cell.row + cell.rows, cell.column + 1) in starts
            for row in range(cell.row, cell.row + (cell.rows if filled else 1)):
                grid[row][cell.column] = text
                if filled and is_divided:
                    for column in range(cell.column + 1, cell.column + cell.columns):
                        if (cell.row + cell.rows, column) in starts:
                            grid[row][column] = text
        rows = [row for row in grid if any(row)]
        said = [any(column) for column in zip(*rows, strict=True)]
        return [[text for text, is_said in zip(row, said, strict=True) if is_said] for row in rows]


def _around_text(paragraph: Paragraph) -> tuple[list[Piece], list[Piece]]:
    """What stands apart from the text: that before any text, and the rest."""
    before: list[Piece] = []
    after: list[Piece] = []
    has_text = False
    for piece in paragraph.pieces:
        if isinstance(piece, str):
            has_text = has_text or not piece.isspace()
        elif isinstance(piece, Note):
            has_text = True
        else:
            is_after = has_text or (not isinstance(piece, RunningHead) and piece.is_below)
            (after if is_after else before).append(piece)
    return before, after


def _without_empty_headings(blocks: list[_Block]) -> list[_Block]:
    """Outline paragraphs with nothing below them are the items of a list, however they are styled."""
    kept: list[_Block] = []
    following: _Block | None = None
    for block in reversed(blocks):
        is_empty = (
            0 < block.level < articles.ABOVE_ARTICLES
            and not block.text
            and (following is None or 0 < following.level <= block.level)
        )
        kept.append(_Block(block.heading, is_item=True) if is_empty else block)
        following = block
    return kept[::-1]


def _sections(blocks: list[_Block]) -> list[Section]:
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    text = ""
    was_item = False
    for block in blocks:
        if block.level:
            sections.append(Section(tuple(said for _, said in above), text))
            above = [(level, said) for level, said in above if level < block.level]
            above.append((block.level, block.heading))
            text, was_item = "", False
        if block.text:
            text += ("" if not text else "\n" if block.is_item and was_item else "\n\n") + block.text
            was_item = block.is_item
    sections.append(Section(tuple(said for _, said in above), text))
    return sections


def _says(blocks: list[_Block], title: str) -> bool:
    wanted = "".join(title.split())
    return any(wanted in "".join(f"{block.heading}{block.text}".split()) for block in blocks)
