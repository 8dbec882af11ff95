from __future__ import annotations

import pytest

from bot.answering.reply import Reply, parse_sentence, without_links


def sentences_of(text: str, size: int) -> list[tuple[str, tuple[int, ...]]]:
    reply = Reply()
    found = [s for at in range(0, len(text), size) for s in reply.add(text[at : at + size])]
    return [(sentence.text, sentence.marks) for sentence in [*found, *reply.rest()]]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_sentences_are_the_same_however_the_reply_is_cut(size: int) -> None:
    text = "Book it [1]. It costs 2.5 dollars, e.g. Navan. [1][2]\n- 네, 됩니다 [2]\n1. 30일입니다.【3】 끝"
    assert sentences_of(text, size) == [
        ("Book it.", (1,)),
        ("It costs 2.5 dollars, e.g. Navan.", (1, 2)),
        ("네, 됩니다", (2,)),
        ("30일입니다.", (3,)),
        ("끝", ()),
    ]


@pytest.mark.parametrize(
    ("text", "said", "marks"),
    [
        ("Ask IT [1, 2].", "Ask IT.", (1, 2)),
        ("Ask IT [passage 2].", "Ask IT.", (2,)),
        ("Ask IT (1).", "Ask IT.", (1,)),
        ("Choose (1) tea or (2) coffee now.", "Choose (1) tea or (2) coffee now.", ()),
        ("See [the guide](https://evil.example/x) [1]", "See the guide", (1,)),
    ],
)
def test_marks_are_taken_out_of_a_sentence(text: str, said: str, marks: tuple[int, ...]) -> None:
    sentence = parse_sentence(text)
    assert (sentence.text, sentence.marks) == (said, marks)


@pytest.mark.parametrize(
    "text",
    [
        "go to https://evil.example/a?b=c now",
        "가려면https://evil.example/a로 go now",
        "go https:/evil.example now",
        "go to evil.com:8080/a now",
        "go to xn--vil-epa.com now",
        "go to www.evil.test/x now",
        "go to sub.evil.zip/path now",
        "go <https://evil.example|here> now",
        "go ![x](https://evil.example/p.png) now",
        "go [x](evil.example) now",
        "<!channel> <@U123> <#C1> <!subteam^S1> go",
        "javascript://evil.com go",
    ],
)
def test_nothing_that_can_be_clicked_or_that_calls_people_stays(text: str) -> None:
    clean = without_links(text)
    assert "evil" not in clean
    assert "<" not in clean
    assert "go" in clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Connect to vpn.haneul.example first.", "Connect to `vpn.haneul.example` first."),
        ("`vpn.haneul.example`에 접속하세요.", "`vpn.haneul.example`에 접속하세요."),
        ("Run `ssh vpn.haneul.example` now.", "Run `ssh vpn.haneul.example` now."),
        ("https://vpn.haneul.example/a로 가세요.", "(출처의 링크)로 가세요."),
    ],
)
def test_the_bare_name_of_a_host_stays_as_code(text: str, shown: str) -> None:
    assert without_links(text) == shown


def test_a_sentence_knows_the_addresses_and_mentions_that_were_written_in_it() -> None:
    text = "Ask <@U1>, see [here](https://a.example/x), b.example or c@d.example."
    assert set(parse_sentence(text).addresses) >= {"@U1", "a.example/x", "b.example", "c@d.example"}


@pytest.mark.parametrize(
    "text", ["설정 > 보안 > 비밀번호", "write to it@company.example", "config.toml", "v10.2.4"]
)
def test_what_is_no_link_stays(text: str) -> None:
    assert without_links(text) == text


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_marks_that_stand_first_begin_sentences(step: int) -> None:
    text = "[1] Thirty days. And no more. [2] Five days [3] In the portal. [1]"
    reply = Reply()
    found = [
        one for at in range(0, len(text), step) for one in reply.add(text[at : at + step])
    ] + reply.rest()
    assert [(one.text, one.marks) for one in found] == [
        ("Thirty days.", (1,)),
        ("And no more.", ()),
        ("Five days", (2,)),
        ("In the portal.", (3, 1)),
    ]


def test_the_marks_of_quoted_passages_are_not_repeated() -> None:
    assert parse_sentence("It is 15 minutes >>> [1]").text == "It is 15 minutes"
