"""What admins do, over real files and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from bot.admin import PAUSED, SCHEDULE, Admin
from bot.errors import Busy, NotFound
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.store.audit import Audit
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.doubts import Doubt
from bot.store.sources import Sources
from bot.sync.late_index import LateIndex
from bot.sync.lock import sync_lock
from connectors.base import EVERYONE, CredentialsRejected, Document, Item, Listing, cache_of
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology

TOMORROW = datetime(2026, 11, 22, tzinfo=UTC)


class PlainParser:
    """Text is one section; it can be held up."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.is_reading = asyncio.Event()

    async def parse(self, document: Document) -> Parsed:
        self.is_reading.set()
        await self.may_go_on.wait()
        return Parsed(document.id, (Section((), document.content.decode(), None, ""),))


@dataclass(frozen=True)
class Guarded:
    """A source behind a token."""

    tokens: list[str] = field(default_factory=list)
    kind: ClassVar[str] = "guarded"

    def check(self) -> str:
        return "one document"

    def items(self, cursor: str | None) -> Listing:
        if "good" not in self.tokens:
            raise CredentialsRejected("The token is refused; issue a new one.")
        return Listing.complete([Item("page", "1")])

    def fetch(self, item: Item) -> Document:
        return Document(
            "page", "", "https://w/", b"A page.", "text/plain", None, frozenset({"channel:T1/C1"})
        )


@dataclass
class Office:
    """An Admin with its parts."""

    folder: Path
    data_dir: Path
    database: Database
    parser: PlainParser
    guarded: Guarded
    admin: Admin

    def fill(self, count: int) -> None:
        for number in range(count):
            (self.folder / f"{number}.md").write_text(f"Page {number}")

    def holds(self) -> int:
        return len(Corpus(self.database).versions("docs"))

    def doubt(self) -> Doubt:
        found = Sources(self.database).doubts.of("docs")
        assert found is not None
        return found

    def audited(self) -> list[tuple[str, str, str]]:
        return [(entry.who, entry.what, entry.detail) for entry in reversed(Audit(self.database).list())]

    def admin_over(self, connectors: Mapping[str, Folder | Guarded]) -> Admin:
        return Admin(
            connectors,
            index=HybridIndex(self.database, PlainMorphology(), HashEmbedder()),
            parser=self.parser,
            database=self.database,
            data_dir=self.data_dir,
            next_runs=lambda: {"docs": TOMORROW},
        )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    folder = tmp_path / "docs"
    folder.mkdir()
    database = Database(tmp_path / "data" / "footnote.db")
    guarded, parser = Guarded(), PlainParser()
    office = Office(folder, tmp_path / "data", database, parser, guarded, admin=None)  # type: ignore[arg-type]
    office.admin = office.admin_over({"docs": Folder(path=folder), "wiki": guarded})
    yield office
    database.close()


async def test_a_sync_leaves_nothing_of_what_a_document_said_before(office: Office) -> None:
    office.fill(3)
    page = office.folder / "1.md"
    page.write_text("The codeword is xylophonequartz.")
    await office.admin.sync(who="U1")
    page.write_text("There is no codeword.")
    await office.admin.sync(who="U1")

    files = [path.read_bytes() for path in office.data_dir.glob("footnote.db*") if path.is_file()]
    assert not any(b"ylophonequartz" in content for content in files)
    assert any(b"There is no codeword." in content for content in files)


async def test_every_connector_is_synced_and_one_that_fails_stops_no_other(office: Office) -> None:
    office.fill(2)
    reports = await office.admin_over({"wiki": office.guarded, "docs": Folder(path=office.folder)}).sync(
        who="cli:minji"
    )
    assert [(report.connector, report.added, bool(report.error)) for report in reports] == [
        ("wiki", 0, True),
        ("docs", 2, False),
    ]


async def test_an_unknown_connector_is_named_with_those_there_are(office: Office) -> None:
    with pytest.raises(NotFound, match=r"'dosc'.*docs, wiki"):
        await office.admin.sync("dosc", who="cli:minji")
    with pytest.raises(NotFound):
        office.admin.pause("dosc", who="cli:minji")


async def test_a_second_sync_hears_how_far_the_first_is(office: Office) -> None:
    office.fill(3)
    office.parser.may_go_on.clear()
    first = asyncio.create_task(office.admin.sync("docs", who="cli:minji"))
    await office.parser.is_reading.wait()
    with pytest.raises(Busy, match="reading docs: 0 of 3"):
        await office.admin.sync("docs", who="user:T1/U1")
    with pytest.raises(Busy):
        office.admin.forget("docs", who="user:T1/U1")
    (running,) = (await office.admin.status()).running
    assert (running.what, running.done, running.total) == ("reading docs", 0, 3)
    office.parser.may_go_on.set()
    assert (await first)[0].added == 3
    assert (await office.admin.status()).running == ()
    assert (await office.admin.sync("docs", who="user:T1/U1"))[0].skipped == 3


async def test_a_sync_of_another_process_is_respected(office: Office) -> None:
    office.fill(2)
    with sync_lock(office.data_dir, "docs"):
        with pytest.raises(Busy, match="process"):
            await office.admin.sync("docs", who="cli:minji")
        docs, wiki = await office.admin.sync(who="cli:minji")
        assert "is running already" in docs.error
        assert "token" in wiki.error
        assert office.holds() == 0


async def test_paused_connectors_rest_until_a_person_names_them(office: Office) -> None:
    office.fill(1)
    office.admin.pause("docs", who="user:T1/U1", reason="is being moved")
    for who, name in ((SCHEDULE, "docs"), (SCHEDULE, None), ("cli:minji", None)):
        report = (await office.admin.sync(name, who=who))[0]
        assert report.error == "paused: is being moved"
    assert (await office.admin.sync("docs", who="cli:minji"))[0].added == 1
    assert (await office.admin.status()).connectors[0].is_paused
    office.admin.resume("docs", who="user:T1/U1")
    assert (await office.admin.sync("docs", who=SCHEDULE))[0].skipped == 1


async def test_a_mended_token_lifts_the_pause_that_its_refusal_made(office: Office) -> None:
    assert (await office.admin.sync("wiki", who=SCHEDULE))[0].error
    office.guarded.tokens.append("good")
    assert (await office.admin.sync("wiki", who=SCHEDULE))[0].error.startswith("paused: The token is refused")
    assert (await office.admin.sync("wiki", who="cli:minji"))[0].added == 1
    assert (await office.admin.sync("wiki", who=SCHEDULE))[0].skipped == 1


async def test_what_a_person_or_a_question_paused_does_not_go_on_because_its_source_accepts_it(
    office: Office,
) -> None:
    sources, who = Sources(office.database), "user:T1/U1"
    assert office.admin.resume_accepted("docs", who=who)
    sources.pause("docs", "The token is refused.")
    assert office.admin.resume_accepted("docs", who=who)
    assert not sources.state("docs").is_paused
    office.admin.pause("docs", who="user:T1/U2")
    assert not office.admin.resume_accepted("docs", who=who)
    assert (sources.state("docs").pause_reason, sources.state("docs").paused_by) == (PAUSED, "user:T1/U2")
    sources.pause("docs", "10 of 14 documents are gone.")
    sources.doubts.raise_("docs", ["a.md"], 4, TOMORROW)
    assert not office.admin.resume_accepted("docs", who=who)
    assert [entry.what for entry in Audit(office.database).list()] == ["pause", "resume"]


async def test_a_doubtful_listing_changes_nothing_until_an_admin_confirms_it(office: Office) -> None:
    office.fill(10)
    await office.admin.sync("docs", who=SCHEDULE)
    for file in list(office.folder.iterdir()):
        file.unlink()
    (office.folder / "stranger.md").write_text("Of another folder")
    doubted = (await office.admin.sync("docs", who="cli:minji"))[0]
    assert "10 of 10" in doubted.error
    assert (doubted.added, doubted.removed) == (0, 0)
    (status,) = [one for one in (await office.admin.status()).connectors if one.name == "docs"]
    assert status.documents == 10
    assert status.doubt == office.doubt()
    confirmed = (await office.admin.sync("docs", who="cli:minji", allow_removals=True))[0]
    assert (confirmed.added, confirmed.removed, confirmed.error) == (1, 10, "")
    assert not (await office.admin.status()).connectors[0].is_paused


async def test_an_admin_lets_go_of_what_was_shown_and_of_nothing_else(office: Office) -> None:
    office.fill(10)
    await office.admin.sync("docs", who=SCHEDULE)
    for number in range(6):
        (office.folder / f"{number}.md").unlink()
    (seen,) = await office.admin.preview("docs")
    assert (len(seen.removed), seen.is_doubtful) == (6, True)
    await office.admin.sync("docs", who=SCHEDULE)
    first = office.doubt()
    assert office.admin.keep_paused(first.id, who="user:T1/U1") == first
    (office.folder / "6.md").unlink()
    await office.admin.sync("docs", who="cli:minji")
    with pytest.raises(NotFound, match="settled"):
        await office.admin.remove_doubted(first.id, who="user:T1/U1")
    report = await office.admin.remove_doubted(office.doubt().id, who="user:T1/U1")
    assert (report.removed, report.error, office.holds()) == (7, "", 3)
    assert not (await office.admin.status()).connectors[0].is_paused
    with pytest.raises(NotFound):
        office.admin.keep_paused(first.id, who="user:T1/U1")
    assert office.audited()[-2:] == [
        ("cli:minji", "sync", "docs"),
        ("user:T1/U1", "allow removals", "docs: 7 documents"),
    ]


async def test_a_slow_source_holds_up_no_other(office: Office) -> None:
    office.fill(1)
    office.parser.may_go_on.clear()
    slow = asyncio.create_task(office.admin.sync("docs", who=SCHEDULE))
    await office.parser.is_reading.wait()
    assert "refused" in (await office.admin.sync("wiki", who=SCHEDULE))[0].error
    assert not slow.done()
    office.parser.may_go_on.set()
    assert (await slow)[0].added == 1


async def test_a_forgotten_connector_stays_away(office: Office) -> None:
    office.fill(2)
    await office.admin.sync("docs", who=SCHEDULE)
    assert office.admin.forget("docs", who="user:T1/U1") == 2
    assert (await office.admin.sync("docs", who=SCHEDULE))[0].error.startswith("paused")
    assert (await office.admin.status()).connectors[0].documents == 0


async def test_what_a_connector_keeps_for_itself_goes_with_what_was_forgotten(office: Office) -> None:
    office.fill(2)
    await office.admin.sync("docs", who=SCHEDULE)
    cache = cache_of(office.data_dir, "docs")

    def keep() -> None:
        (cache / "pages").mkdir(parents=True)
        (cache / "pages" / "0").write_text("Page 0")

    keep()
    assert office.admin.forget_document("docs", "0.md", who="cli:minji")
    assert not cache.exists()
    keep()
    assert office.admin.forget("docs", who="cli:minji") == 1
    assert not cache.exists()
    assert [row[1:] for row in office.audited()[-2:]] == [
        ("forget", "docs/0.md"),
        ("forget", "docs: 1 documents"),
    ]


async def test_a_connector_that_left_the_settings_is_shown_and_can_be_forgotten(office: Office) -> None:
    office.fill(1)
    await office.admin.sync("docs", who=SCHEDULE)
    later = office.admin_over({})
    (left,) = (await later.status()).connectors
    assert (left.name, left.kind, left.documents) == ("docs", "", 1)
    later.forget("docs", who="cli:minji")
    assert (await later.status()).connectors == ()


async def test_status_tells_what_is_there(office: Office) -> None:
    office.fill(3)
    (office.folder / "locked.md").symlink_to("/etc/passwd")
    await office.admin.sync("docs", who=SCHEDULE)
    status = await office.admin.status()
    docs, wiki = status.connectors
    assert (docs.kind, docs.documents, docs.chunks, docs.failures) == ("folder", 3, 3, 1)
    assert docs.next_run == TOMORROW
    assert docs.finished_at is not None
    assert (wiki.kind, wiki.documents, wiki.finished_at) == ("guarded", 0, None)
    assert (status.chunks, status.unembedded) == (3, 3)


async def test_sources_show_only_what_somebody_may_read(office: Office) -> None:
    office.fill(2)
    office.guarded.tokens.append("good")
    await office.admin.sync(who=SCHEDULE)

    def counts(*readers: str) -> dict[str, int]:
        return {source.name: source.documents for source in office.admin.sources(frozenset(readers))}

    assert counts(EVERYONE) == {"docs": 2}
    assert counts(EVERYONE, "channel:T1/C1") == {"docs": 2, "wiki": 1}
    assert counts() == {}


async def test_every_change_by_a_person_is_audited_and_the_schedule_is_not(office: Office) -> None:
    await office.admin.sync(who=SCHEDULE)
    await office.admin.sync("docs", who="user:T1/U1", force=True)
    office.admin.pause("docs", who="user:T1/U1")
    office.admin.resume("docs", who="user:T1/U2")
    office.admin.forget("docs", who="cli:minji")
    assert office.audited() == [
        ("user:T1/U1", "sync", "docs, force"),
        ("user:T1/U1", "pause", "docs"),
        ("user:T1/U2", "resume", "docs"),
        ("cli:minji", "forget", "docs: 0 documents"),
    ]


async def test_a_connector_that_returns_another_document_is_not_believed(office: Office) -> None:
    @dataclass(frozen=True)
    class Confused(Folder):
        def fetch(self, item: Item) -> Document:
            return replace(super().fetch(item), id="another")

    office.fill(1)
    report = (await office.admin_over({"docs": Confused(path=office.folder)}).sync(who=SCHEDULE))[0]
    assert (report.added, report.failed) == (0, 1)
    assert "another document" in report.failures[0][1]


async def test_a_sync_that_changes_nothing_does_not_even_make_the_index(office: Office) -> None:
    office.fill(3)
    await office.admin.sync("docs", who=SCHEDULE)

    def made() -> HybridIndex:
        raise AssertionError("the index was made")

    admin = Admin(
        {"docs": Folder(path=office.folder)},
        index=LateIndex(made),
        parser=office.parser,
        database=office.database,
        data_dir=office.data_dir,
        next_runs=dict,
    )
    assert (await admin.sync("docs", who=SCHEDULE))[0].skipped == 3
