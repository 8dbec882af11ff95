"""Embedding is the dearest step of a sync: what was embedded once is not embedded again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.index.hybrid import HybridIndex
from bot.parsing.parser import Parser
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources
from bot.sync.embedding import embed_waiting
from bot.sync.sync import Syncing
from connectors.base import EVERYONE
from connectors.folder import Folder
from tests.fakes import HashEmbedder, PlainMorphology

TEXTS = {
    "a.md": "# Leave\n\nEmployees take fifteen days of leave a year.",
    "b.md": "# Printer\n\nThe printer stands on the fourth floor.",
}


class Bot:
    """A folder, and a bot that is started anew for every sync."""

    def __init__(self, folder: Path) -> None:
        self.documents = folder / "docs"
        self.documents.mkdir()
        for name, text in TEXTS.items():
            (self.documents / name).write_text(text)
        self.database = Database(folder / "footnote.db")
        self.parser = Parser()

    async def sync(self, embedder: HashEmbedder) -> HybridIndex:
        index = HybridIndex(self.database, PlainMorphology(), embedder)
        syncing = Syncing(
            index,
            self.parser,
            Sources(self.database),
            Corpus(self.database).versions,
            now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
        )
        await syncing.run("docs", Folder(path=self.documents), allow_removals=True)
        await embed_waiting(index)
        return index


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(tmp_path)
    await bot.sync(HashEmbedder())
    yield bot
    await bot.parser.close()
    bot.database.close()


def texts_embedded(embedder: HashEmbedder) -> list[str]:
    return [
        text
        for text in embedder.passages_seen
        if any(body.split("\n")[-1] in text for body in TEXTS.values())
    ]


async def test_a_moved_file_keeps_its_vectors(bot: Bot) -> None:
    (bot.documents / "archive").mkdir()
    (bot.documents / "a.md").rename(bot.documents / "archive" / "old.md")
    embedder = HashEmbedder()
    index = await bot.sync(embedder)
    assert texts_embedded(embedder) == []
    assert await index.unembedded() == 0
    passages = await index.search("How many days of leave?", frozenset({EVERYONE}), 1)
    assert passages[0].url.endswith("archive/old.md")


async def test_a_copy_shares_its_vectors_and_a_changed_text_has_new_ones(
    bot: Bot,
) -> None:
    (bot.documents / "copy.md").write_text(TEXTS["b.md"])
    (bot.documents / "a.md").write_text(TEXTS["a.md"].replace("fifteen", "sixteen"))
    embedder = HashEmbedder()
    await bot.sync(embedder)
    assert len([text for text in embedder.passages_seen if "sixteen" in text]) == 1
    assert [text for text in embedder.passages_seen if "printer" in text] == []


async def test_another_space_of_vectors_is_filled_without_being_asked(bot: Bot) -> None:
    embedder = HashEmbedder(name="hash/int8")
    index = await bot.sync(embedder)
    assert len(texts_embedded(embedder)) == len(TEXTS)
    assert await index.unembedded() == 0
