"""Which adapter a question gets."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.contracts import Question
from bot.store.adapters import ACTIVATED, ROLLED_BACK, AdapterEvent, TunedAdapter
from bot.tuning.activation.choice import active, chosen, falls_into

NOW = datetime.now(UTC)
HR = "channel:T1/CHR"


def adapter(name: str, readers: tuple[str, ...] | None = None) -> TunedAdapter:
    return TunedAdapter(name, "f", name * 4, "d", "h", "b", readers, NOW)


def event(name: str, what: str = ACTIVATED, channel: str = "", share: float = 1.0) -> AdapterEvent:
    return AdapterEvent(name, what, channel, share, NOW, "terminal", "")


def answers(events: list[AdapterEvent], question: Question, *more: TunedAdapter) -> str:
    known = [*more, *(adapter(name) for name in "abc")]
    found = chosen(active(events), known, question)
    return found.name if found else ""


ASKED = Question("?", frozenset({"everyone"}), id="C1/1", asked_in="C1")


def test_a_channel_goes_before_a_share_and_a_share_before_everywhere() -> None:
    everywhere, channel = event("a"), event("b", channel="C1")
    share = event("c", share=0.9999999)
    assert answers([], ASKED) == ""
    assert answers([everywhere], ASKED) == "a"
    assert answers([share, everywhere], ASKED) == "c"
    assert answers([channel, share, everywhere], ASKED) == "b"
    elsewhere = Question("?", ASKED.readers, id="C2/1", asked_in="C2")
    assert answers([channel, everywhere], elsewhere) == "a"


def test_rolled_back_what_was_there_before_answers_again() -> None:
    events = [event("a"), event("b"), event("b", ROLLED_BACK)]
    assert answers(events, ASKED) == "a"
    assert answers([*events, event("a", ROLLED_BACK)], ASKED) == ""
    assert answers([event("a"), event("b"), event("a", ROLLED_BACK), event("b", ROLLED_BACK)], ASKED) == ""


def test_one_made_of_restricted_documents_answers_only_who_may_read_all_of_them() -> None:
    both = adapter("hr", (HR, "user:T1/U1"))
    events = [event("a"), event("hr")]
    for readers in ({"everyone"}, {HR}, {"everyone", HR}, {"user:T1/U1"}, set()):
        assert answers([event("hr")], Question("?", frozenset(readers), id="1"), both) == ""
    assert answers(events, Question("?", frozenset({HR, "user:T1/U1", "everyone"}), id="1"), both) == "hr"
    assert answers([event("nobody")], ASKED, adapter("nobody", ())) == ""


def test_a_share_is_that_share_and_always_the_same_questions() -> None:
    ids = [f"C1/{number}" for number in range(4000)]
    tenth = {id for id in ids if falls_into(0.1, "salt", id)}
    assert 320 <= len(tenth) <= 480
    assert tenth == {id for id in ids if falls_into(0.1, "salt", id)}
    assert tenth < {id for id in ids if falls_into(0.3, "salt", id)}
    other = {id for id in ids if falls_into(0.1, "pepper", id)}
    assert len(tenth & other) < 90
