"""The main job on real parts: the local workspace, the real app, real models, a page in a real browser.

A person mentions the bot, and a streamed answer with its source stands in the thread.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from bot.app import App
from bot.config import load_config
from bot.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
ANSWER_SECONDS = 150.0
"""Generous: two models on two shared cores."""

pytestmark = [pytest.mark.weights, pytest.mark.timeout(600)]


@dataclass
class Running:
    """The whole of Footnote, taking questions in a local workspace about a copy of the sample company."""

    workspace: Sandbox
    app: App
    documents: Path

    async def ask(
        self, text: str, channel: str = "general", thread_ts: str | None = None
    ) -> dict[str, object]:
        """Mention the bot and wait for the reply that carries its outbox id."""
        before = (
            set() if thread_ts is None else {m["ts"] for m in self.workspace.messages(channel, thread_ts)}
        )
        mention = f"<@{self.workspace.bot_user_id}> {text}" if thread_ts is None else text
        ts = await self.workspace.say("jiwoo", channel, mention, thread_ts)

        def answered() -> dict[str, object] | None:
            for message in self.workspace.messages(channel, thread_ts or ts):
                if message.get("metadata") and message.get("bot_id") and message["ts"] not in before:
                    return dict(message)
            return None

        reply = await self.workspace.wait_for(answered, ANSWER_SECONDS)
        assert isinstance(reply, dict)
        return reply


@pytest.fixture
async def running(tmp_path: Path, weights: Callable[[str], Path]) -> AsyncIterator[Running]:
    shipped = load_config(ROOT / "config.toml", {})
    models = weights(shipped.models.chat).parent
    weights(shipped.models.embedding)
    documents = tmp_path / "company"
    shutil.copytree(ROOT / "bot/sandbox/company", documents)
    (tmp_path / "config.toml").write_text('[connectors.handbook]\nkind = "folder"\npath = "company"\n')
    async with Sandbox() as workspace:
        config = load_config(tmp_path / "config.toml", {"FOOTNOTE_DATA_DIR": str(tmp_path / "data")})
        config = dataclasses.replace(
            config,
            models_dir=models,
            slack=config.slack.model_copy(update={"api_url": workspace.api_url}),
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
        )
        async with App(config) as app:
            await app.sync_and_embed(lambda _what, _done, _total: None)
            stop, ready = asyncio.Event(), asyncio.Event()
            serving = asyncio.create_task(app.serve(app.slack_bot(), stop=stop, ready=ready.set))
            await asyncio.wait_for(ready.wait(), 30)
            yield Running(workspace, app, documents)
            stop.set()
            await serving


async def test_a_question_in_korean_and_one_in_english_are_answered_with_their_source(
    running: Running,
) -> None:
    korean = await running.ask("재택근무는 일주일에 며칠까지 돼요?")
    assert "2" in str(korean["text"])
    assert "재택근무 규정" in str(korean["blocks"])

    english = await running.ask("how many hours does a VPN session last", channel="people-team")
    assert "12" in str(english["text"])
    assert "Accounts and VPN" in str(english["blocks"])


async def test_a_changed_and_a_deleted_document_change_the_answers(running: Running) -> None:
    question = "how many hours does a VPN session last"
    page = running.documents / "it" / "accounts-and-vpn.md"
    assert "12" in str((await running.ask(question))["text"])

    page.write_text(page.read_text().replace("ends after 12 hours", "ends after 9 hours"))
    await running.app.sync_and_embed(lambda _what, _done, _total: None)
    changed = str((await running.ask(question))["text"])
    assert "9" in changed
    assert "12" not in changed

    page.unlink()
    await running.app.sync_and_embed(lambda _what, _done, _total: None)
    assert "accounts-and-vpn" not in str(await running.ask(question))


@pytest.mark.browser
async def test_a_person_asks_in_the_page_and_reads_the_answer_with_its_sources(
    running: Running, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(running.workspace.url)
        composer = page.locator("textarea, [contenteditable=true]").first
        await composer.click()
        await page.keyboard.type("@footnote ")
        await page.keyboard.press("Escape")
        await page.keyboard.type("재택근무는 일주일에 며칠까지 돼요?")
        await page.keyboard.press("Enter")
        sources = page.get_by_text("출처", exact=True)
        await sources.wait_for(timeout=ANSWER_SECONDS * 1000)
        await page.screenshot(path=tmp_path / "answered.png")
        body = await page.locator("body").inner_text()
        await browser.close()
    assert "재택근무 규정" in body
    assert "handbook" in body
