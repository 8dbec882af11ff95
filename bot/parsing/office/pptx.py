"""PowerPoint presentations: a page a slide, its title as heading, with tables, charts, diagrams and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

from bot.parsing.office.drawing import chart_markdown, diagram_markdown, paragraphs, plain, table_markdown
from bot.parsing.office.packages import DAMAGED, Package, relationship_id
from bot.parsing.parsed import Parsed, Section, assemble, one_line

_DEFAULT_PART = re.compile(r"(?:default section|untitled section|기본 구역|제목 없는 구역)$", re.IGNORECASE)
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("sldNum", "dt", "ftr", "hdr")
_MOST_TITLE = 120
_LARGER = 1.2  # how much larger than all else a text must be to be taken for the title
_MAX_DEPTH = 50
_EMBEDDED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def parse_pptx(content: bytes, name: str) -> Parsed:
    """Title: that of a first slide laid out as a title slide, else from the name.

    Hidden slides are read: who opens the file sees them in the list of slides.
    """
    package = Package(content, name, "a PowerPoint presentation")
    try:
        return _parsed(package, name)
    except DAMAGED as exc:
        raise package.broken("its slides cannot be read") from exc


def _parsed(package: Package, name: str) -> Parsed:
    main = next(iter(package.related("", "officeDocument")), "ppt/presentation.xml")
    presentation = package.xml(main)
    parts = package.relationships(main)
    chapters = _chapters(presentation)
    title = ""
    sections: list[Section] = []
    seen: set[str] = set()
    for number, slide in enumerate(presentation.iterfind("{*}sldIdLst/{*}sldId"), 1):
        _, part = parts.get(relationship_id(slide), ("", ""))
        if part not in package or part in seen:
            continue
        seen.add(part)
        reading = _Slide(package, part)
        if number == 1 and reading.is_title_slide:
            title = reading.title
        path = tuple(filter(None, (chapters.get(slide.get("id", ""), ""), reading.title)))
        sections.append(Section(path, reading.text(), number))
    return assemble(name, title, sections)


def _chapters(presentation: etree._Element) -> dict[str, str]:
    """Id of a slide -> the section of the presentation that it is in, where somebody named one."""
    found: dict[str, str] = {}
    for section in presentation.iterfind(".//{*}sectionLst/{*}section"):
        name = one_line(section.get("name", ""))
        if not _DEFAULT_PART.match(name):
            found |= {slide.get("id", ""): name for slide in section.iter("{*}sldId")}
    return found


class _Slide:
    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._part = part
        self._relations = package.relationships(part)
        self.title = ""
        self.is_title_slide = False
        tree = package.xml(part).find("{*}cSld/{*}spTree")
        self._shapes = list(_shapes(tree, 0)) if tree is not None else []
        self._title_shape = self._find_title()

    def text(self) -> str:
        """Its text without the title, in the order in which PowerPoint reads it aloud."""
        blocks = [self._block(shape) for shape in self._shapes if shape is not self._title_shape]
        blocks += [f"Notes: {notes}" for notes in self._notes()]
        return "\n\n".join(filter(None, blocks))

    def _find_title(self) -> etree._Element | None:
        for shape in self._shapes:
            kind = _placeholder(shape)
            if kind in _TITLES and (title := _said(shape)):
                self.title = title
                self.is_title_slide = kind == "ctrTitle"
                return shape
        return self._largest()

    def _largest(self) -> etree._Element | None:
        """The text box in the largest type, where a design program left the title's place unused."""
        sizes = sorted(
            ((size, place) for place, shape in enumerate(self._shapes) if (size := _type_size(shape))),
            key=lambda one: -one[0],
        )
        if not sizes or (len(sizes) > 1 and sizes[0][0] < sizes[1][0] * _LARGER):
            return None
        shape = self._shapes[sizes[0][1]]
        said = _said(shape)
        if len(said) > _MOST_TITLE or sum(character.isalpha() for character in said) < 2:
            return None
        self.title = said
        return shape

    def _block(self, shape: etree._Element) -> str:
        kind = _placeholder(shape)
        if kind in _FURNITURE:
            return ""
        if shape.tag.endswith("}graphicFrame"):
            return self._graphic(shape)
        body = shape.find("{*}txBody")
        # what stands in the body of a slide has bullets unless its layout says otherwise
        return paragraphs(body, is_list=kind in ("body", "obj")) if body is not None else ""

    def _graphic(self, frame: etree._Element) -> str:
        blocks = [table_markdown(table) for table in frame.iter("{*}tbl")]
        for chart in frame.iterfind("{*}graphic/{*}graphicData/{*}chart"):
            if (part := self._related(relationship_id(chart))) is not None:
                blocks.append(chart_markdown(self._package.xml(part)))
        for diagram in frame.iterfind("{*}graphic/{*}graphicData/{*}relIds"):
            if (part := self._related(diagram.get(f"{_EMBEDDED}dm", ""))) is not None:
                blocks.append(diagram_markdown(self._package.xml(part)))
        return "\n\n".join(filter(None, blocks))

    def _related(self, identity: str) -> str | None:
        _, part = self._relations.get(identity, ("", ""))
        return part if part in self._package else None

    def _notes(self) -> Iterator[str]:
        for kind, part in self._relations.values():
            if kind == "notesSlide" and part in self._package:
                for shape in self._package.xml(part).iter("{*}sp"):
                    body = shape.find("{*}txBody")
                    if _placeholder(shape) == "body" and body is not None and (text := paragraphs(body)):
                        yield text


def _shapes(parent: etree._Element, depth: int) -> Iterator[etree._Element]:
    """What holds text or a graphic, groups seen through."""
    for child in parent:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name in ("sp", "graphicFrame"):
            yield child
        elif name == "grpSp" and depth < _MAX_DEPTH:
            yield from _shapes(child, depth + 1)
        elif name == "AlternateContent" and depth < _MAX_DEPTH:
            # the same thing for programs of several ages: the first is the newest
            for choice in child.iterchildren("{*}Choice"):
                yield from _shapes(choice, depth + 1)
                break


def _placeholder(shape: etree._Element) -> str:
    """What the shape is in its layout; empty for one that is not of the layout."""
    place = shape.find("./*/{*}nvPr/{*}ph")
    return str(place.get("type", "obj")) if place is not None else ""


def _said(shape: etree._Element) -> str:
    body = shape.find("{*}txBody")
    return one_line(plain(body)) if body is not None else ""


def _type_size(shape: etree._Element) -> int:
    """The largest size of type in a shape that has text, in hundredths of a point; 0 if it names none."""
    body = shape.find("{*}txBody")
    if body is None:
        return 0
    sizes = (
        properties.get("sz", "")
        for run in body.iter("{*}r")
        if (run.findtext("{*}t") or "").strip()
        for properties in run.iterchildren("{*}rPr")
    )
    return max((int(size) for size in sizes if size.isdecimal() and len(size) < 8), default=0)
