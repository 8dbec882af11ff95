"""Users, documents and places by chance: what is found is exactly what an oracle allows, and never more.

The oracle knows nothing of principals: it is told of each document to whom it was given, in words of its own,
and decides person by person. The other side is the real one: Slack's answers over HTTP, `People`,
`readers_of`, and the search over a real SQLite file. Each document holds a word of its own, its canary.

One case is one document, for one asker, in one place. FOOTNOTE_ACCESS_CASES says how many there are at least.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.access import Place, readers_of
from bot.access_review import AccessReview
from bot.contracts import Readers
from bot.index.hybrid import HybridIndex
from bot.parsing.parsed import Parsed, Section
from bot.sandbox.team.cast import BOT_USER_ID, OTHER_BOT_USER_ID
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.people import User, UserGroup
from bot.slack.people import People
from bot.store.cited import CitedDocuments
from bot.store.corpus import document_id
from bot.store.database import Database
from bot.store.sources import Sources
from connectors.base import Document
from tests.fakes import Clock, HashEmbedder, PlainMorphology
from tests.slack.cast import Workspace

CASES = int(os.environ.get("FOOTNOTE_ACCESS_CASES", "4000"))
DOCUMENTS = 40
PERSONS = 12
CHANNELS = 8
QUESTION = "parking garage"


@dataclass
class Given:
    """A document, and to whom it was given: by name, not as principals."""

    number: int
    to_all_staff: bool = False
    persons: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)

    @property
    def canary(self) -> str:
        return f"canary{self.number:04}"

    def readers(self, sandbox: Workspace) -> Readers:
        """As a connector would say it."""
        team, users = sandbox.team_id, sandbox.workspace.users
        readers = {"everyone"} if self.to_all_staff else set()
        readers |= {f"user:{users[person].team_id}/{person}" for person in self.persons}
        readers |= {f"email:{address.lower()}" for address in self.addresses}
        readers |= {f"channel:{team}/{channel}" for channel in self.channels}
        return frozenset(readers | {f"group:{team}/{group}" for group in self.groups})


# --- the oracle -------------------------------------------------------------------------------------------


def may_find(sandbox: Workspace, asker: User, channel: Channel | None, document: Given) -> bool:
    """May this document be found for an answer in that channel, or for the asker alone?"""
    workspace = sandbox.workspace
    if channel is None:
        if asker.deleted:
            return False
        if asker.id in document.persons:
            return True
        if asker.is_stranger:
            return False
        if document.to_all_staff and not asker.is_guest:
            return True
        if asker.email.lower() in {address.lower() for address in document.addresses}:
            return True
        if any(asker.id in workspace.groups[group].users for group in document.groups):
            return True
        return any(asker.id in workspace.channels[place].members for place in document.channels)
    if channel.id in document.channels:
        return True
    if not document.to_all_staff or channel.shared_with:
        return False
    along = [workspace.users[member] for member in [*channel.members, asker.id]]
    return not asker.deleted and not any(
        one.is_stranger or (one.is_guest and not one.deleted) for one in along if not one.is_bot
    )


# --- a world by chance ------------------------------------------------------------------------------------


def people_a_company(sandbox: Workspace, chance: random.Random) -> None:
    """Staff, guests, strangers and people who left, in channels and groups."""
    workspace = sandbox.workspace
    bots = {key: workspace.users[key] for key in (BOT_USER_ID, OTHER_BOT_USER_ID)}
    workspace.users.clear()
    workspace.users.update(bots)
    kinds = chance.choices(["staff", "guest", "stranger", "left"], [10, 2, 1, 1], k=PERSONS)
    for number, kind in enumerate(["staff", "guest", "stranger", "left", *kinds[4:]]):
        key = f"U{number:02}PERSON"
        team = "T02PARTNER" if kind == "stranger" else sandbox.team_id
        user = User(key, f"p{number}", f"P {number}", "ko-KR", team, 1_700_000_000)
        user.email = f"P{number}@Example.com"
        user.is_guest, user.is_stranger, user.deleted = kind == "guest", kind == "stranger", kind == "left"
        workspace.users[key] = user
    persons = [user.id for user in workspace.users.values() if not user.is_bot]
    staff = [
        key for key in persons if not (workspace.users[key].is_guest or workspace.users[key].is_stranger)
    ]
    workspace.groups.clear()
    for key in ("S1", "S2"):
        members = chance.sample(persons, k=4)
        workspace.groups[key] = UserGroup(key, key.lower(), key, sandbox.team_id, 1_700_000_000, members)
    workspace.channels.clear()
    for number in range(CHANNELS):
        key = f"C{number:02}PLACE"
        among = staff if chance.random() < 0.6 else persons
        members = [*chance.sample(among, k=min(len(among), chance.randint(1, 6))), BOT_USER_ID]
        members += [OTHER_BOT_USER_ID] * chance.randint(0, 1)
        kind = chance.choice(["public", "private", "mpim"])
        shared = "T02PARTNER" if chance.random() < 0.15 else ""
        workspace.channels[key] = Channel(
            key, key.lower(), kind, members, sandbox.team_id, 1_700_000_000, members[0], shared_with=shared
        )
        workspace.history.setdefault(key, {})


def some_documents(sandbox: Workspace, chance: random.Random) -> list[Given]:
    workspace = sandbox.workspace
    persons = [user for user in workspace.users.values() if not user.is_bot]

    def some(of: Sequence[str], likely: float) -> set[str]:
        return (
            set(chance.sample(of, k=chance.randint(1, min(3, len(of)))))
            if chance.random() < likely
            else set()
        )

    return [
        Given(
            number,
            to_all_staff=chance.random() < 0.25,
            persons=some([user.id for user in persons], 0.25),
            addresses=some([user.email for user in persons], 0.2),
            channels=some(list(workspace.channels), 0.35),
            groups=some(list(workspace.groups), 0.2),
        )
        for number in range(DOCUMENTS)
    ]


class Library:
    """The documents in a real file, and all that a search on behalf of somebody touches of them."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.index = HybridIndex(self.database, PlainMorphology(), HashEmbedder())

    async def put(self, documents: Sequence[Given], sandbox: Workspace) -> None:
        for one in documents:
            document = Document(one.canary, "", "", b"", "text/markdown", None, one.readers(sandbox))
            text = f"The parking garage opens at six, says {one.canary}."
            await self.index.put("wiki", "1", document, Parsed(one.canary, (Section((), text, anchor=""),)))
        while await self.index.embed_some(100):
            pass

    async def touched(self, readers: Readers, documents: Sequence[Given]) -> set[str]:
        """Canaries among candidates and passages; the counts are held against them."""
        found = await self.index.explain(QUESTION, readers, 100)
        chunks = {*found.cosines, *found.windows, *found.coverages}
        by_chunk = {
            int(row[0]): str(row[1])
            for row in self.database.rows(
                "SELECT c.id, d.title FROM chunks c JOIN documents d ON d.id = c.document_id"
            )
        }
        candidates = {by_chunk[chunk] for chunk in chunks}
        passages = {passage.title for passage in found.passages}
        assert passages == candidates
        assert found.allowed == len(candidates)
        assert Sources(self.database).readable(readers).get("wiki", 0) == len(candidates)
        ids = {document_id("wiki", one.canary): one.canary for one in documents}
        cited = CitedDocuments(self.database).readable(ids, readers)
        assert {ids[one] for one in cited} == candidates
        # what a reply, or a copy that somebody shared, would be kept back for just before it is sent
        lost = CitedDocuments(self.database).lost(ids, readers)
        assert {ids[one] for one in lost} == set(ids.values()) - candidates
        return candidates

    def reviewed(self, place: Place, documents: Sequence[Given]) -> set[str]:
        """What an admin is told that somebody may read; both ways of asking say the same."""
        review = AccessReview(self.database)
        found = {one.canary for one in documents if self._says_readable(review, place, one)}
        assert review.at_connector(place, "wiki").readable == len(found)
        return found

    def _says_readable(self, review: AccessReview, place: Place, document: Given) -> bool:
        (named,) = review.named(document_id("wiki", document.canary))
        return review.at_document(place, named).is_readable

    async def named(self, canary: str, readers: Readers) -> set[str]:
        """What a question finds that names the canary itself."""
        return {passage.title for passage in await self.index.search(canary, readers, 100)}


@pytest.mark.parametrize("seed", range(max(1, -(-CASES // (DOCUMENTS * PERSONS * (CHANNELS + 1))))))
async def test_what_is_found_is_what_the_oracle_allows(sandbox: Workspace, path: Path, seed: int) -> None:
    chance = random.Random(seed)
    people_a_company(sandbox, chance)
    documents = some_documents(sandbox, chance)
    library = Library(path)
    client = AsyncWebClient(sandbox.bot_token, sandbox.api_url, retry_handlers=[])
    client.proxy = None
    people = People(client, sandbox.team_id, Clock())
    checked = 0
    try:
        await library.put(documents, sandbox)
        for asker in [user for user in sandbox.workspace.users.values() if not user.is_bot]:
            person = await people.person(asker.id)
            for channel in [None, *sandbox.workspace.channels.values()]:
                key = channel.id if channel else ""
                place = await people.place(key, person, is_private_to_asker=channel is None)
                readers = readers_of(place)
                allowed = {one.canary for one in documents if may_find(sandbox, asker, channel, one)}
                assert await library.touched(readers, documents) == allowed, (seed, asker, channel)
                now = await people.place_now(key, asker.id, is_private_to_asker=channel is None)
                assert readers_of(now) == readers
                if channel is None:
                    assert library.reviewed(place, documents) == allowed
                one = chance.choice(documents)
                assert await library.named(one.canary, readers) <= allowed
                checked += len(documents)
    finally:
        library.database.close()
    assert checked == DOCUMENTS * PERSONS * (CHANNELS + 1)
