"""Who may see what, as admins are told, against what a search finds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import Person, Place, readers_of
from bot.access_review import AccessReview, Obstacle, obstacle
from bot.store.cited import CitedDocuments
from bot.store.corpus import Corpus, document_id
from bot.store.database import Database
from tests.store.cast import a_document

KIM = Person("T1", "U1", email="Kim@Example.com")
HR, STAFF, MAIL, MYSELF = "channel:T1/C1", "group:T1/S1", "email:kim@example.com", "user:T1/U1"
PRINCIPALS = (
    "everyone",
    HR,
    STAFF,
    MAIL,
    MYSELF,
    "email:lee@example.com",
    "user:T1/U2",
    "channel:T1/C2",
    "odd",
)


def private(person: Person, *memberships: str) -> Place:
    return Place("T1", "D1", person, is_private_to_asker=True, memberships=frozenset(memberships))


def why(person: Person, principal: str, *memberships: str) -> Obstacle | None:
    return obstacle(person, readers_of(private(person, *memberships)), principal)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """One document for each two principals, and one that nobody may read."""
    corpus = Corpus(Database(tmp_path_factory.mktemp("review") / "footnote.db"))
    for first in PRINCIPALS:
        for second in PRINCIPALS:
            corpus.put(a_document(f"{first} {second}", "x", readers=frozenset({first, second})))
    corpus.put(a_document("closed", "x", readers=frozenset()))
    return corpus


people = st.builds(
    Person,
    team=st.sampled_from(["T1", "T2"]),
    user=st.sampled_from(["U1", "U2"]),
    is_known=st.booleans(),
    is_guest=st.booleans(),
    is_stranger=st.booleans(),
    is_active=st.booleans(),
    email=st.sampled_from(["", "kim@example.com", "LEE@example.com "]),
)
memberships = st.frozensets(st.sampled_from([HR, STAFF, "channel:T1/C2"]))


@settings(max_examples=300)
@given(people, memberships)
def test_what_is_told_is_what_a_search_would_find_and_each_refusal_has_its_reason(
    corpus: Corpus, person: Person, belongs_to: frozenset[str]
) -> None:
    place = private(person, *belongs_to)
    readers = readers_of(place)
    review = AccessReview(corpus.database)
    told = review.at_connector(place, "wiki", limit=1_000)
    ids = corpus.items_of([document_id("wiki", item_id) for item_id in corpus.versions("wiki")])
    readable = CitedDocuments(corpus.database).readable(ids, readers)
    assert len(corpus.readable_chunks(readers)) == len(readable)  # a chunk each
    assert (told.documents, told.readable) == (82, len(readable))
    assert told.readable + told.missing.documents == told.documents
    assert told.through.keys() <= readers
    assert bool(told.through) == bool(readable)
    assert told.missing.for_nobody == 1
    for each in told.missing.sets:
        assert all(obstacle(person, readers, principal) for principal in each.readers)
    for name in ids:
        (document,) = review.named(name)
        found = review.at_document(place, document)
        assert found.is_readable == (name in readable) == bool(found.through)


@pytest.mark.parametrize(
    ("person", "principal", "expected"),
    [
        (KIM, "everyone", None),
        (KIM, MAIL, None),
        (KIM, MYSELF, None),
        (KIM, HR, Obstacle.NOT_IN_CHANNEL),
        (KIM, STAFF, Obstacle.NOT_IN_GROUP),
        (KIM, "email:lee@example.com", Obstacle.OTHER_EMAIL),
        (KIM, "user:T1/U2", Obstacle.OTHER_PERSON),
        (KIM, "odd", Obstacle.NO_SUCH_READER),
        (replace(KIM, email=""), MAIL, Obstacle.NO_EMAIL),
        (replace(KIM, is_guest=True), "everyone", Obstacle.GUEST),
        (replace(KIM, is_guest=True), MAIL, None),
        (replace(KIM, is_guest=True), HR, Obstacle.NOT_IN_CHANNEL),
        (replace(KIM, is_stranger=True), HR, Obstacle.STRANGER),
        (replace(KIM, is_stranger=True), MAIL, Obstacle.STRANGER),
        (replace(KIM, is_stranger=True), MYSELF, None),
        (replace(KIM, is_known=False), "everyone", Obstacle.UNKNOWN),
        (replace(KIM, is_active=False), MYSELF, Obstacle.LEFT),
        (replace(KIM, is_active=False, is_guest=True), "everyone", Obstacle.LEFT),
    ],
)
def test_what_is_missing_is_named(person: Person, principal: str, expected: Obstacle | None) -> None:
    assert why(person, principal) is expected


def test_a_member_of_the_channel_lacks_nothing() -> None:
    assert why(KIM, HR, HR, STAFF) is None
    assert why(KIM, STAFF, HR, STAFF) is None
