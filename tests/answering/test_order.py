"""Passages in the order that lets a prompt begin like one before; what people see does not change with it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.answering.order import PassageOrder
from bot.answering.reuse import Reuse
from bot.contracts import Answer, Passage, SourcesFound
from bot.store.answers import Answers
from bot.store.database import Database
from tests.answering.cast import LEAVE, SHELF, TRAVEL, ScriptedModel, ShelfIndex, asked, events_of, passage
from tests.answering.cast import the_answer as answer_in


def shown(order: PassageOrder, *passages: str) -> str:
    return "".join(passages[at] for at in order.arrange(passages))


def test_what_was_never_shown_stands_as_the_search_found_it() -> None:
    assert shown(PassageOrder(), *"dbca") == "dbca"


def test_a_prompt_begins_like_one_before() -> None:
    order = PassageOrder()
    shown(order, *"abcd")
    assert shown(order, *"xbya") == "abxy"
    assert shown(order, *"dcba") == "abcd"


def test_of_two_beginnings_the_one_with_more_passages_is_taken() -> None:
    order = PassageOrder()
    shown(order, "a", "b")
    shown(order, "a long one", "x")
    assert shown(order, "b", "a", "a long one") == "a" + "b" + "a long one"


def test_what_is_shown_often_comes_before_what_is_not() -> None:
    order = PassageOrder()
    for passages in ("xp", "yp", "zpq"):
        shown(order, *passages)
    assert shown(order, *"oqp") == "pqo"


def test_only_the_latest_prompts_count() -> None:
    order = PassageOrder(remembered=2)
    shown(order, *"ab")
    shown(order, *"cd")
    shown(order, *"ef")
    assert shown(order, *"ba") == "ba"


def test_the_same_passage_found_twice_is_shown_twice() -> None:
    order = PassageOrder()
    assert order.arrange(["a", "a", "b"]) == [0, 1, 2]
    assert order.arrange(["b", "a", "a"]) == [1, 2, 0]
    assert order.arrange([]) == []


def test_nothing_is_lost_and_the_same_history_gives_the_same_order() -> None:
    drawn = random.Random(8)
    one, other = PassageOrder(), PassageOrder()
    for _ in range(200):
        passages = drawn.sample([f"p{number}" for number in range(12)], drawn.randrange(7))
        places = one.arrange(passages)
        assert sorted(places) == list(range(len(passages)))
        assert other.arrange(passages) == places


def test_an_excerpt_that_is_cut_otherwise_is_another_text() -> None:
    order = PassageOrder()
    shown(order, "Hotels … $75", "Leave")
    assert shown(order, "Leave", "Hotels …") == "LeaveHotels …"


# --- in answers -------------------------------------------------------------------------------------------

HOTEL = "My manager does not react to my hotel booking, what happens?"
REPLY = "The booking is accepted automatically after 24 hours [1]."
MOVED = REPLY.replace("[1]", "[2]")


async def answered(question: str, reply: str, *found: Passage, turned: bool) -> tuple[Answer, ScriptedModel]:
    """The answer to a question; `turned`: the model is shown the passages the other way round, since somebody
    asked before and they were found so then."""
    index, model = ShelfIndex(found[::-1]), ScriptedModel([reply, reply])
    footnote = Answering(index, model, order=PassageOrder() if turned else None)
    await events_of(footnote, asked(question))
    index.passages = found
    return answer_in(await events_of(footnote, asked(question))), model


def titles_in(prompt: str, *passages: Passage) -> list[str]:
    return sorted((one.title for one in passages), key=lambda title: prompt.index(f"] {title}"))


async def test_the_model_sees_the_order_of_before_and_people_that_of_the_search() -> None:
    order = PassageOrder()
    index, model = ShelfIndex([LEAVE, TRAVEL]), ScriptedModel([MOVED, MOVED])
    footnote = Answering(index, model, order=order)
    await events_of(footnote, asked(HOTEL))
    index.passages = SHELF
    events = await events_of(footnote, asked(HOTEL))
    first, second = (prompt[1].content for prompt in model.prompts)
    assert first == second
    assert titles_in(second, *SHELF) == [LEAVE.title, TRAVEL.title]
    assert events[0] == SourcesFound(SHELF)
    answer = answer_in(events)
    assert answer.text == "The booking is accepted automatically after 24 hours. [1]"
    assert [(one.number, one.document_id) for one in answer.citations] == [(1, TRAVEL.document_id)]


async def test_of_two_passages_that_say_the_same_that_is_cited_which_the_search_put_first() -> None:
    twin = passage(TRAVEL.text, title="Journeys", section="Approvals", number=3)
    unmarked = REPLY.replace(" [1]", "")
    for turned in (False, True):
        answer, model = await answered(HOTEL, unmarked, twin, TRAVEL, turned=turned)
        last = model.prompts[-1][1].content
        assert titles_in(last, twin, TRAVEL) == (["Travel", "Journeys"] if turned else ["Journeys", "Travel"])
        assert [one.title for one in answer.citations] == ["Journeys"]


async def test_of_two_editions_the_current_one_comes_first_in_whatever_order_the_model_saw_them() -> None:
    old = passage("연차는 입사일 기준으로 1년에 15일이 주어집니다.", title="취업규칙 2024", number=1)
    new = passage("연차는 입사일 기준으로 1년에 17일이 주어집니다.", title="취업규칙 2025", number=2)
    plain, _ = await answered("연차는 며칠인가요?", "연차는 1년에 15일입니다 [2].", new, old, turned=False)
    turned, _ = await answered("연차는 며칠인가요?", "연차는 1년에 15일입니다 [1].", new, old, turned=True)
    assert turned.text == plain.text
    assert [one.title for one in turned.citations] == ["취업규칙 2025", "취업규칙 2024"]


async def test_the_nearest_documents_of_no_answer_are_those_of_the_search() -> None:
    both = [await answered(HOTEL, "NOT_FOUND", *SHELF, turned=turned) for turned in (False, True)]
    (plain, _), (turned, _) = both
    assert plain.nearest == turned.nearest != ()


@pytest.fixture
async def answers(tmp_path: Path) -> AsyncIterator[Answers]:
    database = Database(tmp_path / "footnote.db")
    yield Answers(database)
    database.close()


class Desk:
    """Where questions are answered, of which the answers are kept."""

    def __init__(self, answers: Answers, *replies: str) -> None:
        self.index = ShelfIndex(SHELF)
        self.model = ScriptedModel(list(replies))
        self.order = PassageOrder()
        self.footnote = Answering(
            self.index, self.model, answers=answers, reuse=Reuse(answers, "m1"), order=self.order
        )

    async def ask(self, question: str, found: Sequence[Passage] = SHELF) -> Answer:
        self.index.passages = found
        return answer_in(await events_of(self.footnote, asked(question)))


async def test_a_kept_answer_is_given_again_though_its_passages_would_stand_in_another_order_now(
    answers: Answers,
) -> None:
    desk = Desk(answers, *["NOT_FOUND"] * 2, MOVED)
    await desk.ask("누가 먼저 물어봤나요?", [LEAVE])
    await desk.ask("The other way round?", [LEAVE, TRAVEL])
    first = await desk.ask(HOTEL)
    assert titles_in(desk.model.prompts[-1][1].content, *SHELF) == [LEAVE.title, TRAVEL.title]
    for _ in range(60):  # by now nobody remembers that
        desk.order.arrange(["something else"])
    again = await desk.ask(HOTEL)
    assert again.reused_from is not None
    assert (again.text, again.citations) == (first.text, first.citations)


async def test_a_kept_answer_is_not_given_again_where_the_search_puts_other_passages_first(
    answers: Answers,
) -> None:
    desk = Desk(answers, REPLY, REPLY)
    await desk.ask(HOTEL)
    changed = passage(TRAVEL.text.replace("24", "48"), title="Travel", section="Approvals", number=1)
    assert (await desk.ask(HOTEL, [changed, LEAVE])).reused_from is None
