"""What the documents wanted of whoever looks after them in a week: questions nobody could answer, documents
that grow old, sources that break, votes.

It is made for an audience, and only of what that audience may read: a title for whoever may read the
document, a question for whoever could read it where it was asked. All else is a number. Who asked or voted is
not named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.access import channel_principal
from bot.answering.gaps import unanswered
from bot.answering.language import language_of
from bot.contracts import Morphology, Readers
from bot.store.asked import AskedQuestion, AskedQuestions
from bot.store.cited import CitedDocuments
from bot.store.database import Database
from bot.store.feedback import DOWN, UP, VoteCounts, by_frequency
from bot.store.sources import Sources
from bot.store.upkeep import CastVote, Upkeep, UsedDocument
from connectors.base import EVERYONE

WEEK = timedelta(days=7)
STALE_AFTER = timedelta(days=365)

_MENTION = re.compile(r"<@[^<>]*>|@[UW][A-Z0-9]{4,}\b|[\w.+-]+@[\w-]+\.[\w.-]+")


@dataclass(frozen=True)
class Audience:
    """Who reads a digest, and what it is about."""

    connectors: Collection[str]
    readers: Readers
    """On whose behalf titles are read (bot.access)."""
    could_read: Callable[[AskedQuestion], bool]
    """Could they read that question where it was asked? Not asked of what was asked in private."""
    has_rest: bool = False
    """Also what belongs to no connector: nothing came near it."""
    sees_reasons: bool = False
    """Why a source is not read: that may name machines and people."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that was not answered when it was asked last."""

    question: str
    """As it was asked last where this audience could read it, without mentions and addresses of people."""
    times: int
    nearest: str
    """Title of the document that came nearest; "" where there is none, or not for these readers."""


@dataclass(frozen=True)
class OldDocument:
    """A document that is old, or said to be."""

    title: str
    connector: str
    updated_at: datetime | None
    times: int
    """Answers that cite it; of an outdated one, votes."""


@dataclass(frozen=True)
class TroubledSource:
    """A connector that wants somebody."""

    connector: str
    is_failing: bool
    is_paused: bool
    set_aside: int
    """Items that could not be read."""
    missing: int
    """Documents that its source does not list any more; an admin has to decide about them."""
    succeeded_at: datetime | None
    """When it was last read without an error."""
    reason: str
    """Of its failure or pause; "" where the audience does not see reasons."""


@dataclass(frozen=True)
class Digest:
    """One week for one audience; what is only a number is not for its eyes."""

    connectors: tuple[str, ...]
    since: datetime
    until: datetime
    language: str
    """That most questions were asked in, else that of most documents."""
    stale_days: int
    questions: tuple[OpenQuestion, ...] = ()
    """The most asked first."""
    unshown_questions: int = 0
    stale: tuple[OldDocument, ...] = ()
    """Cited in these days, and not changed for longer than `stale_days`; the most cited first."""
    unshown_stale: int = 0
    outdated: tuple[OldDocument, ...] = ()
    """Cited by answers that somebody voted down as outdated."""
    unshown_outdated: int = 0
    sources: tuple[TroubledSource, ...] = ()
    votes: VoteCounts = field(default_factory=VoteCounts)
    waiting: int = 0
    """Questions to people that nobody marked as resolved, however old."""

    @property
    def is_empty(self) -> bool:
        """Is there nothing that anybody could do something about? Praise alone is no reason to write."""
        return not (
            self.questions
            or self.unshown_questions
            or self.stale
            or self.unshown_stale
            or self.outdated
            or self.unshown_outdated
            or self.sources
            or self.votes.down
            or self.waiting
        )


class Gathering:
    """Makes digests from the database."""

    def __init__(
        self,
        database: Database,
        morphology: Morphology | None = None,
        stale_after: timedelta = STALE_AFTER,
    ) -> None:
        self._asked = AskedQuestions(database)
        self._documents = CitedDocuments(database)
        self._upkeep = Upkeep(database)
        self._sources = Sources(database)
        self._morphology = morphology
        self._stale_after = stale_after

    def questions(self, since: datetime, until: datetime) -> list[AskedQuestion]:
        """Those asked then, oldest first. Raises StoreError."""
        return [one for one in self._asked.since(since) if one.asked_at < until]

    def connectors(self) -> list[str]:
        """All that were ever synced, or have documents: also those that are in no list any more."""
        return self._sources.names()

    async def make(self, audience: Audience, since: datetime, until: datetime, *, team: str = "") -> Digest:
        """The digest from `since` up to `until`. `team`: whose questions to people count; "" for everybody's.

        Raises StoreError, ModelUnavailable.
        """
        asked = self.questions(since, until)
        together = await unanswered(asked, self._morphology)
        near = self._near({one for each in together for question in each for one in question.documents})
        mine = [each for each in together if self._is_for(audience, near.get(_nearest(each, near)))]
        questions = [self._open_question(each, audience, near) for each in mine]
        shown = [one for one in questions if one is not None]
        old = [
            document
            for document in self._upkeep.cited(since, until)
            if document.updated_at is not None and document.updated_at < until - self._stale_after
        ]
        stale, unshown_stale = self._named(old, audience)
        outdated, unshown_outdated = self._named(self._upkeep.outdated(since, until), audience)
        votes = [
            vote
            for vote in self._upkeep.votes(since, until)
            if vote.connectors & set(audience.connectors) or (audience.has_rest and not vote.connectors)
        ]
        return Digest(
            connectors=tuple(sorted(audience.connectors)),
            since=since,
            until=until,
            language=self._language([one for each in mine for one in each], audience.connectors),
            stale_days=self._stale_after.days,
            questions=tuple(sorted(shown, key=lambda one: -one.times)),
            unshown_questions=len(questions) - len(shown),
            stale=stale,
            unshown_stale=unshown_stale,
            outdated=outdated,
            unshown_outdated=unshown_outdated,
            sources=tuple(self._troubled(audience)),
            votes=_counted(votes),
            waiting=sum(
                count
                for connector, count in self._upkeep.waiting(team).items()
                if connector in audience.connectors or (audience.has_rest and not connector)
            ),
        )

    # --- questions ------------------------------------------------------------------------------------------

    def _near(self, document_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Document -> (connector, title), of those that are there now."""
        found = self._asked.documents(document_ids)
        return {document_id: (one.connector, one.title) for document_id, one in found.items()}

    def _is_for(self, audience: Audience, near: tuple[str, str] | None) -> bool:
        return audience.has_rest if near is None else near[0] in audience.connectors

    def _open_question(
        self, together: Sequence[AskedQuestion], audience: Audience, near: Mapping[str, tuple[str, str]]
    ) -> OpenQuestion | None:
        """None where this audience could read none of them."""
        readable = [one for one in together if not one.is_private and audience.could_read(one)]
        if not readable:
            return None
        last = readable[-1]
        found = next((one for one in last.documents if one in near), "")
        may_read = bool(found and self._documents.readable([found], audience.readers))
        question = _MENTION.sub("@…", last.text)
        return OpenQuestion(question, len(together), near[found][1] if may_read else "")

    # --- documents and sources ------------------------------------------------------------------------------

    def _named(self, used: Iterable[UsedDocument], audience: Audience) -> tuple[tuple[OldDocument, ...], int]:
        """Those that may be named, and how many others there are."""
        mine = [one for one in used if one.connector in audience.connectors]
        readable = self._documents.readable([one.document_id for one in mine], audience.readers)
        named = [
            OldDocument(one.title, one.connector, one.updated_at, one.times)
            for one in mine
            if one.document_id in readable
        ]
        return tuple(named), len(mine) - len(named)

    def _troubled(self, audience: Audience) -> Iterable[TroubledSource]:
        for name in sorted(audience.connectors):
            state, doubt = self._sources.state(name), self._sources.doubts.of(name)
            set_aside = len(self._sources.set_aside(name))
            if state.failures or state.is_paused or set_aside or doubt:
                error = state.report.error if state.report else ""
                reason = state.pause_reason if state.is_paused else error
                if doubt is not None and doubt.reason == reason:  # said by the number of those missing
                    reason = ""
                yield TroubledSource(
                    name,
                    bool(state.failures),
                    state.is_paused,
                    set_aside,
                    len(doubt.gone) if doubt else 0,
                    state.succeeded_at,
                    reason if audience.sees_reasons else "",
                )

    def _language(self, questions: Sequence[AskedQuestion], connectors: Collection[str]) -> str:
        spoken = Counter[str](language_of(one.text) for one in questions)
        if not spoken:
            for (connector, language), count in self._upkeep.languages().items():
                if connector in connectors:
                    spoken[language] += count
        return "ko" if spoken["ko"] >= spoken["en"] and spoken["ko"] else "en"


def could_read(
    question: AskedQuestion, team: str, readers: Readers, public_channels: Collection[str]
) -> bool:
    """Could whoever is behind `readers` read this question where it was asked?

    They could where they are the members of that channel, or, if everybody in the workspace may join it,
    where "everyone" includes them all. `public_channels`: ids of channels known to be open to the workspace.
    """
    if not question.channel or question.team != team:
        return False
    if channel_principal(team, question.channel) in readers:
        return True
    return EVERYONE in readers and question.channel in public_channels


def _nearest(together: Sequence[AskedQuestion], near: Mapping[str, object]) -> str:
    """The document that came nearest, when it was asked last, of those that are there; "" if none did."""
    return next((one for one in together[-1].documents if one in near), "")


def _counted(votes: Sequence[CastVote]) -> VoteCounts:
    reasons = Counter(vote.reason for vote in votes if vote.vote == DOWN and vote.reason)
    return VoteCounts(
        sum(vote.vote == UP for vote in votes),
        sum(vote.vote == DOWN for vote in votes),
        by_frequency(reasons),
    )
