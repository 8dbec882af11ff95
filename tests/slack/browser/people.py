"""Two people who use the bot in their own language, and what they do again and again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, expect

from bot.contracts import Answer
from bot.slack import texts
from tests.browser import OpenPage, box, offers
from tests.slack.cast import Answerer, answer, citation


@dataclass(frozen=True)
class Person:
    """Somebody who asks, and what they are answered. The last fields are words of the page."""

    name: str
    language: str
    question: str
    answer: Answer
    stop: str
    stopped: str
    more: str
    edit: str
    delete: str
    only_you: str
    drawer: str

    def words(self, name: str) -> str:
        """A text of the bot, without the faces at its end: the page draws those."""
        return texts.text(name, self.language).rstrip(" 👍👎")


JIWOO = Person(
    "jiwoo",
    "ko",
    "연차는 며칠이야?",
    answer(),
    stop="중지",
    stopped="중지됨",
    more="추가 작업",
    edit="메시지 수정",
    delete="메시지 삭제",
    only_you="나에게만 표시",
    drawer="장애와 통신 기록",
)
ALEX = Person(
    "alex",
    "en",
    "How many days off do I have?",
    answer(
        "You have 15 days a year [1]. Five of them carry over [1].",
        citations=(citation(title="Time off", section="Annual leave"),),
        language="en",
    ),
    stop="Stop",
    stopped="Stopped",
    more="More actions",
    edit="Edit message",
    delete="Delete message",
    only_you="Only visible to you",
    drawer="Faults and traffic",
)

in_both_languages = pytest.mark.parametrize("person", [JIWOO, ALEX], ids=["ko", "en"])


async def sit_down(person: Person, open_page: OpenPage, answerer: Answerer) -> Page:
    """Their window, in #general. The bot knows the answer to their question."""
    answerer.answer = person.answer
    return await open_page(person.name)


async def ask(page: Page, question: str) -> None:
    """Mention the bot, its name completed, in the channel."""
    await box(page).press_sequentially("@foo")
    await expect(offers(page)).to_have_count(1)
    await box(page).press("Enter")
    await box(page).press_sequentially(question)
    await box(page).press("Enter")


async def run_command(page: Page, typed: str) -> None:
    """A command of the bot, its name completed."""
    await box(page).press_sequentially("/foo")
    await expect(offers(page)).to_have_count(1)
    await expect(offers(page)).to_contain_text("search 낱말/words | sources | status")  # the usage hint
    await box(page).press("Enter")
    await expect(box(page)).to_have_value("/footnote ")
    await box(page).press_sequentially(typed)
    await box(page).press("Enter")


def replies(page: Page) -> Locator:
    """What stands in the open thread below its first message, for everybody."""
    return page.locator("#thread .message ~ .message:not(.ephemeral)")


async def is_answered(page: Page, person: Person) -> Locator:
    """Wait for the final answer in the open thread; it stands there once. Returns it."""
    final = replies(page).filter(has=page.get_by_role("button", name=person.words("unhelpful"), exact=True))
    await expect(final).to_have_count(1, timeout=20_000)
    await expect(page.locator("#thread .streaming")).to_have_count(0)
    await expect(page.locator(".status")).to_have_count(0)
    await expect(replies(page)).to_have_count(1)
    return final
