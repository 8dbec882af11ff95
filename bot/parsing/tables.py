"""Tables as Markdown: one line a row, so that a piece of a table can be read alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Cell:
    """One cell as HTML gives it, and how many columns and rows it spans."""

    columns: int = 1
    rows: int = 1
    pieces: list[str] = field(default_factory=list)
    """Its text, as it comes in."""


def flattened(rows: list[list[Cell]]) -> str:
    """On one line: for a table inside a table."""
    return " ".join(" ".join("".join(cell.pieces).split()) for row in rows for cell in row)


def rendered(rows: list[list[Cell]]) -> str:
    """As a Markdown table, or as paragraphs where it has but one row or column."""
    if len(rows) == 1 or all(len(row) == 1 for row in rows):  # only there for the layout
        return "\n\n".join("".join(cell.pieces).strip() for row in rows for cell in row)
    return markdown_table(_grid(rows))


def _grid(rows: list[list[Cell]]) -> list[list[str]]:
    """Every row with all its columns. What spans rows is said in each, so that a row makes sense alone."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[str, int]] = {}  # column -> text, further rows it spans
    for row in rows:
        line: list[str] = []
        cells = iter(row)
        while True:
            while len(line) in hanging:
                text, left = hanging.pop(len(line))
                if left > 1:
                    hanging[-1 - len(line)] = (text, left - 1)  # for the next row: negative until then
                line.append(text)
            cell = next(cells, None)
            if cell is None:
                break
            text = " ".join("".join(cell.pieces).split())
            for offset in range(cell.columns):
                said = text if offset == 0 else ""
                if cell.rows > 1:
                    hanging[-1 - len(line)] = (said, cell.rows - 1)
                line.append(said)
        hanging = {(-1 - key if key < 0 else key): value for key, value in hanging.items()}
        grid.append(line)
    return grid


def markdown_table(rows: list[list[str]]) -> str:
    """A Markdown table of one-line cells; the first row is its head."""
    width = max(map(len, rows), default=0)
    lines = [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in [*row, *[''] * (width - len(row))])} |"
        for row in rows
    ]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]])
