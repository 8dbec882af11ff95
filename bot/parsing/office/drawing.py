"""DrawingML, which Office keeps text boxes, tables, charts and diagrams in, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.parsing.office.number_formats import general
from bot.parsing.parsed import one_line
from bot.parsing.tables import Cell, markdown_table, rendered

_MAX_POINTS = 10_000
_MAX_SPAN = 200


def paragraphs(body: etree._Element, *, is_list: bool = False) -> str:
    """The paragraphs of a text body, one a line. `is_list`: several of them are items unless they say no."""
    found = [
        (_level(paragraph), text, paragraph)
        for paragraph in body.iterchildren("{*}p")
        if (text := _text(paragraph).strip())
    ]
    lines: list[str] = []
    for level, text, paragraph in found:
        mark = _mark(paragraph, is_item=level > 0 or (is_list and len(found) > 1))
        lines.append(f"{'    ' * level if mark else ''}{mark}{text}")
    return "\n".join(lines)


def plain(body: etree._Element) -> str:
    """All its text, a line a paragraph."""
    return "\n".join(_text(paragraph) for paragraph in body.iter("{*}p"))


def table_markdown(table: etree._Element) -> str:
    """A table, with what spans several rows said in each."""
    rows = [
        [
            Cell(_span(cell, "gridSpan"), _span(cell, "rowSpan"), [plain(cell)])
            for cell in row.iterchildren("{*}tc")
            if cell.get("hMerge") not in ("1", "true") and cell.get("vMerge") not in ("1", "true")
        ]
        for row in table.iterchildren("{*}tr")
    ]
    return rendered(rows) if any("".join(cell.pieces).strip() for row in rows for cell in row) else ""


def chart_markdown(chart: etree._Element) -> str:
    """The title of a chart and the numbers it was drawn from, a row for each category."""
    title = chart.find(".//{*}chart/{*}title")
    series = list(chart.iterfind(".//{*}ser"))[:100]
    names = [one_line(" ".join(_points(one.find("{*}tx")).values())) for one in series]
    values = [_points(_either(one, "val", "yVal")) for one in series]
    labels: dict[int, str] = {}
    for one in series:
        labels |= _points(_either(one, "cat", "xVal"))
    places = sorted(set(labels).union(*values))[:_MAX_POINTS]
    rows = [["", *names]]
    rows += [[labels.get(place, ""), *(one.get(place, "") for one in values)] for place in places]
    blocks = [one_line(plain(title))] if title is not None else []
    if places:
        blocks.append(markdown_table(rows))
    return "\n\n".join(filter(None, blocks))


def diagram_markdown(diagram: etree._Element) -> str:
    """The texts of a SmartArt diagram, as a list."""
    texts = (one_line(plain(point)) for point in diagram.iter("{*}pt") if point.get("type") not in ("pres",))
    return "\n".join(f"- {text}" for text in texts if text)


def _text(paragraph: etree._Element) -> str:
    return "".join(_runs(paragraph))


def _runs(parent: etree._Element) -> Iterator[str]:
    for child in parent:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name in ("r", "fld"):
            # the number of the slide and the date of today are no content
            if not child.get("type", "").startswith(("slidenum", "datetime")):
                yield child.findtext("{*}t") or ""
        elif name == "br":
            yield "\n"
        elif name in ("m", "AlternateContent", "Choice", "oMathPara", "oMath"):
            yield "".join(text.text or "" for text in child.iter("{*}t"))


def _level(paragraph: etree._Element) -> int:
    properties = paragraph.find("{*}pPr")
    value = properties.get("lvl", "0") if properties is not None else "0"
    return int(value) if value.isdecimal() and len(value) == 1 else 0


def _mark(paragraph: etree._Element, *, is_item: bool) -> str:
    properties = paragraph.find("{*}pPr")
    if properties is not None:
        if properties.find("{*}buNone") is not None:
            return ""
        if properties.find("{*}buAutoNum") is not None:
            return "1. "
        if properties.find("{*}buChar") is not None:
            return "- "
    return "- " if is_item else ""


def _span(cell: etree._Element, name: str) -> int:
    value = cell.get(name, "1")
    return min(int(value), _MAX_SPAN) if value.isdecimal() and 0 < len(value) < 6 and int(value) else 1


def _either(series: etree._Element, *names: str) -> etree._Element | None:
    return next((found for name in names if (found := series.find(f"{{*}}{name}")) is not None), None)


def _points(reference: etree._Element | None) -> dict[int, str]:
    """Place -> text of what a chart keeps of the cells that it refers to."""
    if reference is None:
        return {}
    found: dict[int, str] = {}
    for point in reference.iter("{*}pt"):
        place = point.get("idx", "")
        if place.isdecimal() and len(place) < 8 and len(found) < _MAX_POINTS:
            found[int(place)] = _value(one_line(point.findtext("{*}v") or ""))
    if not found and (value := one_line(reference.findtext(".//{*}v") or "")):
        found[0] = value
    return found


def _value(text: str) -> str:
    try:
        return general(float(text)) if text[:1] in "-.0123456789" else text
    except (ValueError, OverflowError):
        return text
