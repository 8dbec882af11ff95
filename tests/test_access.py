"""Who may read what, and who is an admin: what is not allowed is denied."""

from __future__ import annotations

import pytest

from bot.access import Person, Place, are_trusted, is_admin, readers_of

ALEX = Person("T1", "U1", email="Alex@example.com")
GUEST = Person("T1", "U2", is_guest=True)
STRANGER = Person("T9", "U3", is_stranger=True, is_workspace_admin=True, email="alex@example.com")
UNKNOWN = Person("T1", "U4", is_known=False, is_workspace_admin=True)
GONE = Person("T1", "U5", is_active=False, is_workspace_admin=True)


THEIRS = frozenset({"channel:T1/C2", "group:T1/S1"})


@pytest.mark.parametrize(
    ("asker", "readers"),
    [
        (ALEX, {"everyone", "user:T1/U1", "email:alex@example.com", *THEIRS}),
        (GUEST, {"user:T1/U2", *THEIRS}),
        (STRANGER, {"user:T9/U3"}),
        (UNKNOWN, {"user:T1/U4"}),
        (GONE, set()),
    ],
)
def test_a_private_answer_is_read_for_on_behalf_of_the_asker(asker: Person, readers: set[str]) -> None:
    place = Place("T1", "D1", asker, is_private_to_asker=True, memberships=THEIRS)
    assert readers_of(place) == readers


@pytest.mark.parametrize("asker", [ALEX, GUEST, STRANGER, UNKNOWN, GONE])
@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("has_only_trusted", [False, True])
def test_an_answer_in_a_channel_is_read_for_on_behalf_of_all_who_read_it(
    asker: Person, is_shared: bool, has_only_trusted: bool
) -> None:
    place = Place(
        "T1",
        "C1",
        asker,
        is_private_to_asker=False,
        is_shared_outside=is_shared,
        has_only_trusted=has_only_trusted,
        memberships=THEIRS,
    )
    is_for_everyone = asker is ALEX and has_only_trusted and not is_shared
    assert readers_of(place) == ({"channel:T1/C1", "everyone"} if is_for_everyone else {"channel:T1/C1"})


def test_what_nobody_has_looked_at_is_denied() -> None:
    assert readers_of(Place("T1", "C1", ALEX, is_private_to_asker=False)) == {"channel:T1/C1"}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (ALEX, True),
        (GUEST, False),
        (STRANGER, False),
        (UNKNOWN, False),
        (GONE, True),
        (Person("T1", "U6", is_bot=True, is_guest=True), True),
        (Person("T9", "U7", is_bot=True, is_stranger=True), False),
        (Person("T9", "U8", is_active=False, is_stranger=True), False),
    ],
)
def test_everyone_reads_along_only_where_nobody_else_does(other: Person, expected: bool) -> None:
    assert are_trusted([ALEX, other]) is expected


@pytest.mark.parametrize(
    ("person", "admins", "expected"),
    [
        (Person("T1", "U1", is_workspace_admin=True), (), True),
        (ALEX, (), False),
        (ALEX, ("U1",), True),
        (ALEX, ("alex@EXAMPLE.com",), True),
        (ALEX, ("U2", ""), False),
        (Person("T1", "U1"), ("",), False),
        (STRANGER, ("U3",), False),
        (UNKNOWN, ("U4",), False),
        (GONE, ("U5",), False),
    ],
)
def test_an_admin_is_one_of_the_workspace_or_of_the_settings(
    person: Person, admins: tuple[str, ...], expected: bool
) -> None:
    assert is_admin(person, admins) is expected
