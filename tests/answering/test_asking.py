"""Telling questions to whoever may know from everything else that people write to each other."""

from __future__ import annotations

import pytest

from bot.answering.asking import LONGEST, asks, is_courtesy
from bot.slack.reading import calls_somebody, own_words
from tests.answering.channel_messages import Figures, figures, read_messages


# What bench/questions.py measured. Rules were made on the one half; the other was looked at once.
@pytest.mark.parametrize(
    ("half", "least"),
    [("tune", Figures(precision=1.0, recall=1.0)), ("held_out", Figures(precision=0.98, recall=1.0))],
)
def test_questions_are_told_from_what_is_none(half: str, least: Figures) -> None:
    found = figures(half)
    assert found.precision >= least.precision
    assert found.recall >= least.recall


def test_the_messages_are_many_and_half_of_them_are_no_questions() -> None:
    messages = read_messages()
    assert len(messages) >= 200
    assert 0.4 <= sum(message.is_question for message in messages) / len(messages) <= 0.6
    assert len({message.text for message in messages}) == len(messages)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("연차 며칠이에요", True),
        ("연차 며칠인지 알아요", False),
        ("경비가 이월됩니까", True),
        ("그렇게 하니까 됩니다", False),
        ("어디로 가요", True),
        ("저 먼저 집에 가요", False),
        ("배포 끝나면 알려주세요", False),
        ("배포하려면 어떻게 하는지 알려주세요", True),
        ("VPN 아시는 분", True),
        ("커피 드실 분", False),
        ("어떻게 해야 될까요", True),
        ("이제 시작할까요", False),
        ("who approves this", True),
        ("who would have thought", False),
        ("Hi team, how do I get a badge", True),
        ("Here is how to get a badge", False),
        ("do we get Friday off", True),
        ("do not merge this", False),
        ("", False),
        ("?", False),
        ("가" * LONGEST + " 되나요?", False),
    ],
)
def test_an_ending_or_a_first_word_decides(text: str, expected: bool) -> None:
    assert asks(text) is expected


@pytest.mark.parametrize(
    ("written", "own"),
    [
        ("&gt; 며칠 되나요?\n이틀이요", "이틀이요"),
        ("앞\n&gt;&gt;&gt; 모두\n인용", "앞"),
        ("```\nwhy?\n``` 이거 `why?`", "… 이거 …"),
        ("<https://example.com/why?> 봐요", "봐요"),
        ("<https://example.com|연차 규정> 어디 있나요 :pray:", "연차 규정 어디 있나요"),
        ("<@U123> R&amp;D 예산은 <#C1|general>?", "R&D 예산은 ?"),
        ("```열린 채로 why?", "…"),
    ],
)
def test_only_what_somebody_wrote_themselves_counts(written: str, own: str) -> None:
    assert own_words(written) == own


@pytest.mark.parametrize(
    "text",
    [
        "감사합니다!",
        "네 확인했습니다 :+1:",
        "ㅋㅋㅋ",
        "Thanks a lot!",
        "ok, got it",
        "👍",
        "오 좋네요 ㅎㅎ",
        "",
    ],
)
def test_thanks_and_nods_want_no_answer(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text", ["병가는?", "좋은 병원", "thank-you gifts", "한국어로", "okta", "네이버 계정"]
)
def test_a_short_follow_up_is_no_courtesy(text: str) -> None:
    assert not is_courtesy(text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("<!here> 신청 다 했나요?", True), ("<!subteam^S1|@hr> 며칠이에요?", True), ("here &amp; now?", False)],
)
def test_what_calls_a_group_together_is_not_put_to_whoever_knows(written: str, expected: bool) -> None:
    assert calls_somebody(written) is expected
