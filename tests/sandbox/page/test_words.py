"""The words of the page: both languages say the same things, and nothing is said that is not there."""

from __future__ import annotations

import re

from playwright.async_api import Page

from bot.sandbox.page.api import PAGE
from tests.browser import pytestmark_of_browser

pytestmark = pytestmark_of_browser

KEYS = """async (name) => {
    const words = (await import(`/assets/words-${name}.js`)).default;
    return [...Object.keys(words), ...Object.keys(words.errors).map((key) => `errors.${key}`)].sort();
}"""


async def test_english_and_korean_have_the_same_words(page: Page) -> None:
    assert await page.evaluate(KEYS, "en") == await page.evaluate(KEYS, "ko")


async def test_whatever_the_page_says_is_among_its_words(page: Page) -> None:
    sources = [path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")]
    said = {word for text in sources for word in re.findall(r'\bsay\(\s*"([\w-]+)"', text)}
    assert len(said) > 100
    assert said - set(await page.evaluate(KEYS, "en")) == set()
