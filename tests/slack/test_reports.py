"""What commands say of connectors, in the language of whoever asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.slack.reports import connector_line, schedule_line, step_in_words
from bot.store.doubts import Doubt
from tests.slack.cast import NOW, source

DOUBT = Doubt("0" * 16, "docs", NOW, 8, ("a.md", "b.md", "c.md", "d.md", "e.md", "f.md"))


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "문서 8개 중 6개가"), ("en", "6 of 8 documents are gone from the source")]
)
def test_a_pause_that_asks_about_missing_documents_is_told_in_the_language_of_the_reader(
    language: str, said: str
) -> None:
    paused = replace(source("docs", 8, NOW), is_paused=True, pause_reason=DOUBT.reason, doubt=DOUBT)
    for line in (connector_line(paused, NOW, language), schedule_line(paused, NOW, language)):
        assert line.count(said) == 1
        assert "--allow-removals" not in line


@pytest.mark.parametrize(
    ("what", "korean"),
    [
        ("starting", "시작하는 중"),
        ("listing docs", "docs 목록을 읽는 중"),
        ("reading docs", "docs 문서를 읽는 중"),
        ("working", "동기화하는 중"),
        ("embedding", "embedding"),
        ("reading", "reading"),
    ],
)
def test_the_steps_of_a_sync_are_told_in_the_language_of_the_reader_and_others_as_they_are(
    what: str, korean: str
) -> None:
    assert step_in_words(what, "ko") == korean
    assert step_in_words(what, "en") == what
