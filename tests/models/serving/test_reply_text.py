from __future__ import annotations

import pytest

from bot.models.serving.reply_text import ReplyText

KOREAN = "각주가 없는 답은 답이 아닙니다 😀."


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_characters_split_over_tokens_come_out_whole(width: int) -> None:
    data = KOREAN.encode()
    text = ReplyText(())
    pieces = [text.add(data[at : at + width]) for at in range(0, len(data), width)] + [text.finish()]
    assert "".join(pieces) == KOREAN
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_cut_by_the_end_is_left_out() -> None:
    text = ReplyText(())
    shown = text.add("각주".encode()[:-1]) + text.finish()
    assert shown == "각"


def test_a_stop_string_split_over_tokens_is_cut_off() -> None:
    text = ReplyText(("\n질문:",))
    shown = "".join(text.add(piece) for piece in (b"yes", b"\n", "질".encode(), "문: next".encode()))
    assert shown == "yes"
    assert text.is_over


def test_what_only_began_like_a_stop_string_is_shown() -> None:
    text = ReplyText(("END",))
    shown = text.add(b"the E") + text.add(b"N") + text.add(b"trance") + text.finish()
    assert shown == "the ENtrance"
    assert not text.is_over


def test_the_earliest_of_several_stops_counts() -> None:
    text = ReplyText(("two", "one"))
    assert text.add(b"zero one two") == "zero "
