from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.parsing.formats import parse
from connectors import notion
from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Listing,
    Machine,
    Secret,
    SourceUnavailable,
    reader_by_email,
)
from connectors.http import StatusRefused
from connectors.notion import Notion
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Response, Served, serving
from tests.connectors.notion_server import TOKEN, USER, NotionWorkspace, rich_text

MACHINE = Machine(private=("127.0.0.1",))


class Workspace:
    """A workspace with a connector that reads it, as the contract handles a source."""

    def __init__(
        self, served: Served, notion: NotionWorkspace, cache: Path, roots: tuple[str, ...] = ()
    ) -> None:
        self.served = served
        self.notion = notion
        self.ids: dict[str, str] = {}
        self.parent: dict[str, Any] | None = None
        self.connector: Notion = Notion(
            token=Secret(TOKEN),
            roots=roots,
            everyone_may_read=True,
            requests_per_second=100_000,
            api_url=served.url,
            machine=dataclasses.replace(MACHINE, cache=cache),
        )

    def write(self, name: str, text: str) -> str:
        id_ = self.ids.get(name)
        if id_ is None:
            id_ = self.ids[name] = self.notion.page(name, self.parent)
        for block in self.notion.children[id_]:
            self.notion.blocks[block]["in_trash"] = True
        self.notion.children[id_] = []
        self.notion.paragraph(id_, text)
        self.notion.touch(id_)
        return id_

    def delete(self, name: str) -> None:
        self.notion.trash(self.ids[name])

    def make_unreadable(self, name: str) -> None:
        self.notion.hidden.add(self.ids[name])

    def vanish(self) -> None:
        self.served.stop()

    def but(self, **settings: Any) -> Notion:
        """A connector of the same place with other settings."""
        return dataclasses.replace(self.connector, **settings)

    def again(self) -> Notion:
        """The same connector after a restart."""
        return dataclasses.replace(self.connector)

    def text_of(self, id_: str) -> str:
        """All that is read of a page, as Markdown, with its headings below the title."""
        document = self.connector.fetch(Item(id_, ""))
        parsed = parse(document.content, document.url, document.media_type)
        headed = (
            (f"{'#' * len(section.path)} {' > '.join(section.path)}", section) for section in parsed.sections
        )
        return "\n".join(f"{heading}\n{section.text}" for heading, section in headed)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Workspace]:
    workspace = NotionWorkspace()
    workspace.page_size = 3
    with workspace.serving() as served:
        yield Workspace(served, workspace, tmp_path)


class TestNotion(HttpConnectorContract):
    pass


class TestBelowADatabase(HttpConnectorContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Workspace]:
        workspace = NotionWorkspace()
        workspace.page_size = 3
        database, data_source = workspace.database("규정")
        with workspace.serving() as served:
            link = f"https://www.notion.so/acme/{database.replace('-', '')}?v=1234"
            source = Workspace(served, workspace, tmp_path, roots=(link,))
            source.parent = {
                "type": "data_source_id",
                "data_source_id": data_source,
                "database_id": database,
            }
            yield source


def listed(connector: Notion, cursor: str | None = None) -> dict[str, str]:
    return {item.id: item.version for item in connector.items(cursor).items}


def after(listing: Listing, connector: Notion) -> Listing:
    return connector.items(listing.cursor)


def test_every_kind_of_block_is_read_as_a_reader_sees_it(source: Workspace) -> None:
    space = source.notion
    page = space.page("모든 블록")
    other = space.page("다른 문서")

    def put(kind: str, below: str = page, **of: Any) -> str:
        return space.append(below, kind, of)

    put("heading_1", rich_text=rich_text("휴가"), is_toggleable=False)
    put("paragraph", rich_text=rich_text("자세한 것은 ") + rich_text("여기", "https://hr.example/leave"))
    put("paragraph", rich_text=rich_text("10일", strikethrough=True) + rich_text(" 15일", bold=True))
    heading = put("heading_2", rich_text=rich_text("접힌 제목"), is_toggleable=True)
    put("paragraph", heading, rich_text=rich_text("제목 아래"))
    toggle = put("toggle", rich_text=rich_text("펼치기"))
    put("paragraph", toggle, rich_text=rich_text("숨은 글"))
    item = put("bulleted_list_item", rich_text=rich_text("첫째"))
    put("bulleted_list_item", item, rich_text=rich_text("첫째의 아래"))
    put("numbered_list_item", rich_text=rich_text("하나"))
    put("numbered_list_item", rich_text=rich_text("둘"))
    put("to_do", rich_text=rich_text("끝남"), checked=True)
    put("to_do", rich_text=rich_text("남음"), checked=False)
    put("callout", rich_text=rich_text("주의 <b>"), icon={"type": "emoji", "emoji": "💡"})
    put("quote", rich_text=rich_text("인용문"))
    put("code", rich_text=rich_text("if a < b:\n    pass"), language="python", caption=[])
    put("equation", expression="E = mc^2")
    table = put("table", table_width=2, has_column_header=True, has_row_header=False)
    put("table_row", table, cells=[rich_text("근속"), rich_text("일수")])
    put("table_row", table, cells=[rich_text("1년"), rich_text("15 | 16")])
    columns = put("column_list")
    for text in ("왼쪽", "오른쪽"):
        put("paragraph", put("column", columns), rich_text=rich_text(text))
    put("bookmark", url="https://law.example/act", caption=rich_text("근로기준법"))
    put("embed", url="https://figma.example/x", caption=[])
    signed = "https://files.example/a/%ED%91%9C.pdf?X-Amz-Signature=canary"
    file = {"url": signed, "expiry_time": "2026-01-01T01:00:00.000Z"}
    put("pdf", type="file", file=file, caption=rich_text("취업규칙"))
    put("file", type="file", file=file, name="서식.hwp", caption=[])
    put("image", type="external", external={"url": "https://img.example/chart.png"}, caption=[])
    put("child_page", title="자식 문서")
    put("child_database", title="휴가 대장")
    put("link_to_page", type="page_id", page_id=other)
    original = put("synced_block", space.page("원본"), synced_from=None)
    put("paragraph", original, rich_text=rich_text("함께 쓰는 글"))
    put("synced_block", synced_from={"type": "block_id", "block_id": original})
    meeting = put("meeting_notes", title=rich_text("주간 회의"), status="notes_ready", children={})
    for name, text in (("summary", "요약입니다"), ("notes", "메모입니다"), ("transcript", "어 그러니까")):
        section = put("paragraph", meeting, rich_text=[])
        put("paragraph", section, rich_text=rich_text(text))
        space.blocks[meeting]["meeting_notes"]["children"][f"{name}_block_id"] = section
    tab = put("tab")
    put("paragraph", put("paragraph", tab, rich_text=rich_text("탭 이름")), rich_text=rich_text("탭 안"))
    put("divider")
    put("unsupported")
    put("a_kind_of_next_year", rich_text=rich_text("새 블록"))

    text = source.text_of(page)

    for line in (
        "# 휴가\n",
        "자세한 것은 [여기](https://hr.example/leave)",
        "~~10일~~ 15일",
        "## 휴가 > 접힌 제목\n",
        "- 첫째\n  - 첫째의 아래",
        "1. 하나\n2. 둘",
        "- [x] 끝남\n- [ ] 남음",
        "> 💡 주의 <b>",
        "> 인용문",
        "if a < b:\n    pass",
        "E = mc^2",
        "| 근속 | 일수 |",
        "| 1년 | 15 \\| 16 |",
        "[근로기준법](https://law.example/act)",
        "<https://figma.example/x>",
        "표.pdf: 취업규칙",
        "서식.hwp",
        "chart.png",
        "[자식 문서](https://www.notion.so/",
        "[휴가 대장](https://www.notion.so/",
        "[다른 문서](https://www.notion.so/",
        "함께 쓰는 글",
        "주간 회의",
        "요약입니다",
        "메모입니다",
        "탭 안",
        "새 블록",
    ):
        assert line in text
    assert "canary" not in text
    assert "어 그러니까" not in text
    in_order = ["휴가", "제목 아래", "숨은 글", "둘", "인용문", "왼쪽", "오른쪽", "함께 쓰는 글", "새 블록"]
    assert sorted(in_order, key=text.index) == in_order


def test_a_page_of_a_thousand_blocks_takes_ten_requests_more(source: Workspace) -> None:
    source.notion.page_size = 100
    page = source.notion.page("긴 문서")
    for number in range(1000):
        source.notion.paragraph(page, f"문단 {number}.")
    source.connector.items(None)
    before = len(source.served.requests)
    text = source.text_of(page)
    assert "문단 0." in text
    assert "문단 999." in text
    assert len(source.served.requests) - before == 1 + 10 + 1  # the page, its blocks, its author


def test_a_page_nested_without_end_is_set_aside(source: Workspace) -> None:
    page = block = source.notion.page("깊은 문서")
    for _ in range(60):
        block = source.notion.append(block, "toggle", {"rich_text": rich_text("더")})
    with pytest.raises(ItemUnreadable, match=rf"{page}.* deep"):
        source.connector.fetch(Item(page, ""))


def test_a_synced_block_that_holds_itself_is_read_once(source: Workspace) -> None:
    page = source.notion.page("고리")
    block = source.notion.append(page, "synced_block", {"synced_from": None})
    source.notion.paragraph(block, "한 번만")
    source.notion.append(block, "synced_block", {"synced_from": {"type": "block_id", "block_id": block}})
    assert source.text_of(page).count("한 번만") == 1


def test_a_synced_block_whose_original_is_not_shared_leaves_the_rest_readable(source: Workspace) -> None:
    page = source.notion.page("복사본")
    original = source.notion.append(source.notion.page("남의 것"), "synced_block", {"synced_from": None})
    source.notion.paragraph(original, "비밀")
    source.notion.hidden.add(original)
    source.notion.append(page, "synced_block", {"synced_from": {"type": "block_id", "block_id": original}})
    source.notion.paragraph(page, "나머지")
    assert "나머지" in source.text_of(page)
    assert "비밀" not in source.text_of(page)


def test_an_empty_page_is_its_title(source: Workspace) -> None:
    assert "빈 문서" in source.text_of(source.notion.page("빈 문서"))


def test_the_title_is_the_path_and_a_renamed_parent_changes_what_is_below(source: Workspace) -> None:
    space = source.notion
    hr = space.page("인사")
    leave = space.page("휴가", {"type": "page_id", "page_id": hr})
    rule = space.page("연차", {"type": "page_id", "page_id": leave})
    before = listed(source.connector)
    document = source.connector.fetch(Item(rule, before[rule]))
    assert document.title == "인사 / 휴가 / 연차"
    assert document.authors == ("김하나",)
    space.rename(hr, "People")
    now = listed(source.connector)
    assert now[rule] != before[rule]
    assert source.connector.fetch(Item(rule, now[rule])).title == "People / 휴가 / 연차"
    assert source.again().fetch(Item(rule, now[rule])).title == "People / 휴가 / 연차"


def test_a_page_within_columns_has_the_page_above_as_its_parent_and_is_asked_about_once(
    source: Workspace,
) -> None:
    space = source.notion
    home = space.page("홈")
    column = space.append(space.append(home, "column_list", {}), "column", {})
    inner = space.page("안내", {"type": "block_id", "block_id": column})
    first = source.connector.items(None)
    assert source.connector.fetch(Item(inner, "")).title == "홈 / 안내"
    before = len(source.served.requests)
    source.again().items(first.cursor)
    assert not [r for r in source.served.requests[before:] if r.path.startswith("/v1/blocks/")]
    # the column moves to another page, which edits both pages
    other = space.page("새 홈")
    space.touch(home)
    space.blocks[column]["parent"] = {"type": "page_id", "page_id": other}
    source.again().items(first.cursor)
    assert source.again().fetch(Item(inner, "")).title == "새 홈 / 안내"


def test_a_row_of_a_database_has_its_properties_as_a_table(source: Workspace) -> None:
    space = source.notion
    project = space.page("프로젝트 가")
    database, data_source = space.database("업무")
    parent = {"type": "data_source_id", "data_source_id": data_source, "database_id": database}
    person = {"object": "user", "id": USER, "name": "김하나", "type": "person", "person": {}}
    row = space.page(
        "계약 검토",
        parent,
        {
            "상태": {"id": "a", "type": "status", "status": {"name": "진행 중", "color": "blue"}},
            "담당": {"id": "b", "type": "people", "people": [person]},
            "기한": {"id": "c", "type": "date", "date": {"start": "2026-03-02", "end": None}},
            "금액": {"id": "d", "type": "number", "number": 1200000},
            "태그": {"id": "e", "type": "multi_select", "multi_select": [{"name": "법무"}, {"name": "급함"}]},
            "확인": {"id": "f", "type": "checkbox", "checkbox": True},
            "관련": {"id": "g", "type": "relation", "relation": [{"id": project}], "has_more": False},
            "계산": {"id": "h", "type": "formula", "formula": {"type": "string", "string": "D-3"}},
            "합": {"id": "i", "type": "rollup", "rollup": {"type": "number", "number": 3, "function": "sum"}},
            "번호": {"id": "j", "type": "unique_id", "unique_id": {"prefix": "LAW", "number": 7}},
            "메모": {"id": "k", "type": "rich_text", "rich_text": []},
            "첨부": {"id": "l", "type": "files", "files": [{"name": "안.docx", "type": "file"}]},
        },
    )
    text = source.text_of(row)
    assert "| 상태 | 담당 | 기한 | 금액 | 태그 | 확인 | 관련 | 계산 | 합 | 번호 | 첨부 |" in text
    values = (
        "진행 중 | 김하나 | 2026-03-02 | 1200000 | 법무, 급함 | ✓ | 프로젝트 가 | D-3 | 3 | LAW-7 | 안.docx"
    )
    assert f"| {values} |" in text
    assert source.connector.fetch(Item(row, "")).title == "업무 / 계약 검토"
    assert set(listed(source.connector)) == {project, row}  # the database itself is no document


def test_what_search_leaves_out_is_not_taken_for_deleted(source: Workspace) -> None:
    kept, gone = source.write("a", "남는다"), source.write("b", "없어진다")
    first = source.connector.items(None)
    source.notion.left_out |= {kept, gone}
    source.delete("b")
    listing = after(first, source.again())
    assert listing.is_complete
    assert [item.id for item in listing.items] == [kept]
    assert listing.items[0] in first.items


def test_a_parent_that_search_leaves_out_is_found_through_its_child(source: Workspace) -> None:
    above = source.notion.page("위")
    below = source.notion.page("아래", {"type": "page_id", "page_id": above})
    source.notion.left_out.add(above)
    assert set(listed(source.connector)) == {above, below}


def test_many_pages_that_search_loses_at_once_are_verified_bit_by_bit(
    source: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notion, "VERIFIED_AT_ONCE", 4)
    for number in range(10):
        source.write(f"{number}", "글")
    listing = source.connector.items(None)
    for number in range(10):
        source.delete(f"{number}")
    left = []
    for _ in range(3):
        listing = after(listing, source.connector)
        left.append(len(listing.items))
    assert left == [6, 2, 0]


def test_without_its_memory_a_listing_deletes_nothing(source: Workspace, tmp_path: Path) -> None:
    source.write("a", "글")
    first = source.connector.items(None)
    (tmp_path / "listing.json").write_text("{broken")
    second = after(first, source.again())
    assert not second.is_complete
    assert second.items == first.items
    assert after(second, source.again()).is_complete


def test_a_search_that_notion_cuts_off_itself_is_not_complete(source: Workspace) -> None:
    source.write("a", "글")
    source.notion.cut_off = True
    assert not source.connector.items(None).is_complete


def test_a_page_edited_within_the_last_minutes_is_read_once_more(
    source: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = source.write("a", "글")
    source.notion.touch(page, datetime.now(UTC))
    fresh = listed(source.connector)[page]
    assert listed(source.connector)[page] == fresh
    # a second edit in the same minute does not change the time that Notion tells
    monkeypatch.setattr(notion, "SETTLED_AFTER", timedelta(0))
    assert listed(source.connector)[page] != fresh


def test_nobody_may_read_until_an_admin_says_who(source: Workspace) -> None:
    page = source.write("a", "글")
    closed = source.but(everyone_may_read=False)
    assert closed.fetch(Item(page, "")).readers == frozenset()
    assert "nobody may read them" in closed.check()
    some = source.but(everyone_may_read=False, readers=("Kim@Example.com",))
    assert some.fetch(Item(page, "")).readers == {reader_by_email("kim@example.com")}
    assert source.connector.fetch(Item(page, "")).readers == {EVERYONE}
    versions = {listed(connector)[page] for connector in (closed, some, source.connector)}
    assert len(versions) == 3  # so that documents already held change their readers


def test_a_page_published_on_the_web_is_for_everyone(source: Workspace) -> None:
    page = source.write("a", "글")
    closed = source.but(everyone_may_read=False)
    before = listed(closed)[page]
    source.notion.things[page]["public_url"] = "https://acme.notion.site/a"
    assert listed(closed)[page] != before
    assert closed.fetch(Item(page, "")).readers == {EVERYONE}


def test_below_a_root_only_it_and_what_is_below_it_is_read(source: Workspace) -> None:
    space = source.notion
    root = space.page("root")
    child = space.page("child", {"type": "page_id", "page_id": root})
    space.page("elsewhere")
    database, data_source = space.database("rows", {"type": "page_id", "page_id": child})
    row = space.page(
        "row", {"type": "data_source_id", "data_source_id": data_source, "database_id": database}
    )
    connector = source.but(roots=(f"https://www.notion.so/acme/root-{root.replace('-', '')}",))
    assert set(listed(connector)) == {root, child, row}
    space.things[child]["parent"] = {"type": "workspace", "workspace": True}
    assert set(listed(connector)) == {root}


def test_a_root_that_is_taken_away_says_so_instead_of_deleting(source: Workspace) -> None:
    root = source.write("root", "글")
    connector = source.but(roots=(root,))
    listing = connector.items(None)
    source.notion.hidden.add(root)
    with pytest.raises(CredentialsRejected, match="Connections"):
        after(listing, connector)


@pytest.mark.parametrize("root", ["", "hr", "https://www.notion.so/acme", "12345"])
def test_a_root_that_is_no_link_is_refused(root: str) -> None:
    with pytest.raises(ValueError, match="neither the link nor the id"):
        Notion(token=Secret(TOKEN), roots=(root,))


def test_what_is_in_the_trash_is_left_out(source: Workspace) -> None:
    page = source.write("a", "글")
    source.notion.trash(page)
    assert listed(source.connector) == {}
    with pytest.raises(ItemUnreadable, match="trash"):
        source.connector.fetch(Item(page, ""))


def test_a_list_that_goes_round_in_a_circle_is_an_error(source: Workspace) -> None:
    for number in range(7):
        source.write(f"{number}", "글")
    source.notion.loops = True
    with pytest.raises(SourceUnavailable, match="circle"):
        source.connector.items(None)


def test_pages_below_each_other_in_a_circle_are_an_error(source: Workspace) -> None:
    first, second = source.notion.page("a"), source.notion.page("b")
    source.notion.things[first]["parent"] = {"type": "page_id", "page_id": second}
    source.notion.things[second]["parent"] = {"type": "page_id", "page_id": first}
    with pytest.raises(SourceUnavailable, match="below itself"):
        source.connector.items(None)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"object": "error"}', b'{"results": [1]}', b"<html>"])
def test_an_answer_of_another_shape_is_an_error_and_no_empty_listing(source: Workspace, body: bytes) -> None:
    source.served.answer = lambda request: Response(200, body)
    with pytest.raises(SourceUnavailable):
        source.connector.items(None)


@pytest.mark.parametrize("broken", [7, [7], [None], "text", [{"plain_text": "a", "annotations": [1]}]])
def test_a_block_of_another_shape_sets_its_page_aside(source: Workspace, broken: Any) -> None:
    page = source.notion.page("a")
    source.notion.append(page, "paragraph", {"rich_text": broken})
    with pytest.raises(ItemUnreadable, match=f"{page}: the answer is not what the source promises"):
        source.connector.fetch(Item(page, ""))


def test_a_wrong_token_is_told_in_words_and_not_repeated(source: Workspace) -> None:
    with pytest.raises(CredentialsRejected, match="Copy the secret") as caught:
        source.but(token=Secret("ntn_wrong-canary")).check()
    assert "canary" not in str(caught.value)


def test_a_missing_capability_is_told_in_words(source: Workspace) -> None:
    said = {"object": "error", "status": 403, "code": "restricted_resource", "message": "Insufficient."}
    source.served.answer = lambda request: Response(403, json.dumps(said).encode())
    with pytest.raises(StatusRefused, match="Read content"):
        source.connector.check()


def test_the_token_does_not_follow_a_redirect_to_another_server(source: Workspace) -> None:
    page = source.write("a", "글")
    with serving(lambda request: Response(404)) as other:
        source.served.answer = lambda request: Response(307, headers={"Location": f"{other.url}/v1"})
        with pytest.raises(ItemUnreadable):
            source.connector.fetch(Item(page, ""))
        assert other.requests
        assert not [request for request in other.requests if "authorization" in request.headers]


def test_a_redirect_into_the_machine_room_is_refused(source: Workspace) -> None:
    source.served.answer = lambda request: Response(307, headers={"Location": "http://169.254.169.254/"})
    with pytest.raises(SourceUnavailable, match="never visited"):
        source.connector.items(None)


def test_an_empty_workspace_says_how_pages_are_shared(source: Workspace) -> None:
    assert "Connections" in source.connector.check()


def test_ten_thousand_pages_are_listed_in_a_hundred_requests(source: Workspace) -> None:
    source.notion.page_size = 100
    for number in range(10_000):
        source.notion.page(f"문서 {number}")
    assert len(listed(source.connector)) == 10_000
    assert len(source.served.requests) == 100
