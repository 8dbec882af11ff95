"""Our embedder as LlamaIndex sees it."""

from __future__ import annotations

import pytest

from bot.index.embeddings import EmbedderAdapter
from tests.fakes import HashEmbedder


async def test_questions_and_texts_go_to_the_embedder_each_its_own_way() -> None:
    embedder = HashEmbedder()
    adapter = EmbedderAdapter(embedder)

    question = await adapter.aget_query_embedding("parking garage")
    texts = await adapter.aget_text_embedding_batch(["parking garage", "soup"])

    assert adapter.model_name == embedder.name
    assert embedder.passages_seen == ["parking garage", "soup"]
    assert question == pytest.approx(texts[0])
    assert len(texts[1]) == embedder.dimensions


def test_outside_an_event_loop_it_may_be_asked_without_await() -> None:
    adapter = EmbedderAdapter(HashEmbedder())

    assert adapter.get_query_embedding("soup") == adapter.get_text_embedding("soup")
