"""Pages of web sites: what the page says, without the menus, banners and lists of links around it.

A page is pruned, never scored: what goes is what its markup calls something other than content, or what is
nearly all links before the page's heading. A part that holds much of the page's own text stays whatever it is
called. tests/parsing/test_web_page.py holds what this keeps; docs/connectors/web.md says how it compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from bot.parsing.html import drop_what_is_not_read, opened, written
from bot.parsing.parsed import Parsed, one_line

_MAIN = (
    "main",
    '[role="main"]',
    "#mw-content-text",
    ".markdown-body",
    ".entry-content",
    ".post-content",
    ".article-body",
    ".board_view",
    "#main-content",
    "#content",
    "#contents",
    ".content",
    ".contents",
)
_ROLES = {
    *("alertdialog", "banner", "complementary", "contentinfo", "dialog", "directory", "menu", "menubar"),
    *("navigation", "search", "toolbar"),
}
_AROUND = re.compile(
    r"""(?:^|[-_\s]) (?:
      (?:global|local|side|sub|top|left|right|main|site|page|quick|mobile|user|family)?[-_]?
          (?:nav|navi|navbar|navigation|menu|menus|sidebar|sidenav|snb|gnb|lnb|fnb|aside)
    | breadcrumbs? | crumbs? | location | linemap | footer | foot | copyright | colophon
    | cookie s? | cookie[-_]?(?:banner|bar|consent|notice|law|popup) | consent | gdpr | onetrust
    | share | sharing | social | sns | related | recommend(?:ed|ations)? | comments? | replies | disqus
    | toc | table[-_]of[-_]contents | on[-_]this[-_]page | pagination | pager | paging | prev[-_]?next
    | skip (?:[-_]?(?:nav|navigation|link|links|to[-_]content|menu))?
    | advert s? | advertisement | ads? | promo | newsletter | subscribe | popup | modal
    | edit[-_]?(?:link|this|page) | headerlink | hash-link | anchorjs-link
    | print[-_]?(?:only|btn|button)? | login | search[-_]?(?:box|form|bar)?
    ) (?:[-_]?(?:wrap|wrapper|area|box|bar|container|list|links?|section|block|inner|posts?|content))?
      (?:$|[-_\s])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CERTAIN = re.compile(r"foot|copyright|cookie|consent|gdpr|onetrust|gnb|lnb|snb", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OWN_SHARE = 0.5
"""A part with more of the text than this that is no link is the page, whatever it is called."""
_CERTAIN_SHARE = 0.95
"""The same for what is surely a footer, menu or notice: below a short page it is the longer part."""
_MAIN_SHARE = 0.3
_LINKS_SHARE = 0.7
_LINKS_MANY = 4
_TITLE_PARTS = re.compile(r"\s+(?:[-–—|·•»›>:]|::)\s+|\s*\|\s*")
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_ANCHOR = re.compile(r"[\w-]{1,200}")


def parse_web_page(content: bytes, name: str) -> Parsed:
    """Title: the heading that the page's <title> adds the name of the site to, else the <title>.

    Sections lead to the ids that headings have. Raises ParseError if there is no text.
    """
    page = opened(content, name)
    _keep_forms_around_text(page)
    title_said = one_line(page.title.get_text(" ")) if page.title else ""
    drop_what_is_not_read(page)
    _unfold_layout_tables(page)
    body = page.body or page
    main = _main(body)
    _prune(main)
    if not main.get_text(strip=True):  # whatever it was taken for, it is all there is
        page = opened(content, name)
        drop_what_is_not_read(page)
        main = page.body or page
    title = _title(title_said, main)
    _name_headings(main)
    return written(main, name, title)


def _main(body: Tag) -> Tag:
    """The element that holds the page's own text: named so, and with enough of it."""
    sizes = _sizes(body)
    enough = max(1, int(_MAIN_SHARE * sizes[id(body)].own))
    for selector in (*_MAIN, "article"):
        found = body.select(selector, limit=2)
        # two of a kind are parts of something
        if len(found) == 1 and sizes[id(found[0])].own >= enough:
            return found[0]
    return body


def _prune(main: Tag) -> None:
    sizes = _sizes(main)
    whole = sizes[id(main)].own
    for part in _top_down(main):
        if not _is_around(part):
            continue
        is_certain = part.name == "footer" or any(_CERTAIN.search(each) for each in _names(part))
        most = _CERTAIN_SHARE if is_certain and not part.find("h1") else _OWN_SHARE
        if sizes[id(part)].own <= most * whole:
            part.extract()
    heading = main.find(["h1", "h2"])
    if heading is None:
        return
    before = {id(part) for part in heading.find_all_previous(["ul", "ol", "div", "table", "p", "dl"])}
    before -= {id(part) for part in heading.parents}
    for part in _top_down(main):
        if id(part) in before and sizes[id(part)].is_list_of_links:
            part.extract()


@dataclass
class _Size:
    """How much an element holds, in characters without white space."""

    text: int = 0
    linked: int = 0
    links: int = 0

    @property
    def own(self) -> int:
        return self.text - self.linked

    @property
    def is_list_of_links(self) -> bool:
        return self.links >= _LINKS_MANY and self.linked > _LINKS_SHARE * self.text


def _sizes(main: Tag) -> dict[int, _Size]:
    """By id() of every element, `main` included. In one pass: elements may be nested thousands deep."""
    sizes = {id(main): _Size()}
    parts = [main, *main.find_all(True)]
    for part in parts[1:]:
        sizes[id(part)] = _Size()
    for part in reversed(parts):  # children come before what they are in
        size = sizes[id(part)]
        size.text += sum(len("".join(text.split())) for text in part.find_all(string=True, recursive=False))
        if part.name == "a" and part.has_attr("href"):
            size.linked, size.links = size.text, 1
        if part is not main and part.parent is not None:
            around = sizes[id(part.parent)]
            around.text += size.text
            around.linked += size.linked
            around.links += size.links
    return sizes


def _top_down(main: Tag) -> Iterator[Tag]:
    """The elements below `main` in their order, without those in one that the caller takes out."""
    out: set[int] = set()
    for part in main.find_all(True):
        if id(part.parent) not in out:
            yield part
            if _is_still_in(part):
                continue
        out.add(id(part))


def _is_still_in(part: Tag) -> bool:
    return part.parent is not None


def _is_around(part: Tag) -> bool:
    if part.name in ("nav", "aside", "footer"):
        return True
    if part.name == "header":
        return not part.find(["h1", "h2"])
    if str(part.get("role") or "").lower() in _ROLES or part.get("aria-modal") == "true":
        return True
    if part.name in (
        "html",
        "body",
        "main",
        "article",
        "pre",
        "code",
        "tr",
        "tbody",
        "thead",
        "td",
        "th",
        "b",
    ):
        return False
    return part.name not in _HEADINGS and any(_AROUND.search(each) for each in _names(part))


def _names(part: Tag) -> list[str]:
    """Its classes and its id, `camelCase` as `camel-Case`."""
    names = " ".join(map(str, (*part.get_attribute_list("class"), part.get("id"))))
    return _CAMEL.sub("-", names).split()


def _keep_forms_around_text(page: BeautifulSoup) -> None:
    """Some servers put the whole page into one form; a form to fill in is not read."""
    sizes = _sizes(page)
    for form in page.find_all("form"):
        if sizes[id(form)].text > _OWN_SHARE * sizes[id(page)].text:
            form.unwrap()


def _unfold_layout_tables(page: BeautifulSoup) -> None:
    """A table around tables or headings is no table: it puts parts of the page side by side."""
    layout = [
        table
        for table in page.find_all("table")
        if table.get("role") in ("presentation", "none")
        or table.find(["table", "h1", "h2", "h3", "main", "nav"]) is not None
    ]
    known = {id(table) for table in layout}
    for part in page.find_all(["tr", "td", "th", "tbody", "thead", "tfoot", "caption", "colgroup", "col"]):
        if id(part.find_parent("table")) in known:
            part.name = "div"
    for table in layout:
        table.name = "div"


def _title(said: str, main: Tag) -> str:
    """Sites add their name to titles; the heading, or the part that is one, is the page's own."""
    headings = [one_line(part.get_text(" ")) for part in main.find_all(["h1", "h2"], limit=20)]
    first = [one_line(part.get_text(" ")) for part in main.find_all("h1")]
    if not said:
        return first[0] if len(first) == 1 else ""
    parts = _TITLE_PARTS.split(said)
    if len(first) == 1 and first[0] and first[0] in said:
        return first[0]
    return next((part for part in parts if part and part in headings), said)


def _name_headings(main: Tag) -> None:
    """Write ids of headings the way Markdown does, for the links to sections; take off their own signs."""
    for heading in main.find_all(_HEADINGS):
        for link in heading.find_all("a"):
            if not any(character.isalnum() for character in link.get_text()):
                link.decompose()  # "¶" and "#"
            else:
                link.unwrap()
        inside = heading.find(id=True)
        around = heading.find_parent("section", id=True)
        holders = [heading, inside, around if around and around.find(_HEADINGS) is heading else None]
        anchor = next((str(each["id"]) for each in holders if each is not None and each.get("id")), "")
        if _ANCHOR.fullmatch(anchor) and heading.get_text(strip=True):
            heading.append(f" {{#{anchor}}}")
