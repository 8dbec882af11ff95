"""Who may read what, and who is an admin: what is not allowed is denied."""

from __future__ import annotations

import pytest

from bot.access import Person, Place, is_admin, readers_of

ALEX = Person("T1", "U1", email="Alex@example.com")
GUEST = Person("T1", "U2", is_guest=True)
STRANGER = Person("T9", "U3", is_stranger=True, is_workspace_admin=True, email="alex@example.com")
UNKNOWN = Person("T1", "U4", is_known=False, is_workspace_admin=True)
GONE = Person("T1", "U5", is_active=False, is_workspace_admin=True)


@pytest.mark.parametrize(
    ("asker", "is_private", "is_shared", "readers"),
    [
        (ALEX, True, False, {"everyone", "user:T1/U1", "email:alex@example.com"}),
        (ALEX, False, False, {"everyone", "channel:T1/C1"}),
        (ALEX, False, True, {"channel:T1/C1"}),
        (GUEST, True, False, {"user:T1/U2"}),
        (GUEST, False, False, {"channel:T1/C1"}),
        (STRANGER, True, False, {"user:T9/U3"}),
        (STRANGER, False, False, {"channel:T1/C1"}),
        (UNKNOWN, True, False, {"user:T1/U4"}),
        (GONE, False, False, {"channel:T1/C1"}),
    ],
)
def test_an_answer_is_read_for_on_behalf_of_the_place_where_it_lands(
    asker: Person, is_private: bool, is_shared: bool, readers: set[str]
) -> None:
    place = Place("T1", "C1", asker, is_private_to_asker=is_private, is_shared_outside=is_shared)
    assert readers_of(place) == readers


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
