from __future__ import annotations

import pytest

from bot.contracts import Message
from bot.models.chat_format import FORMATS

CONVERSATION = [
    Message("system", "Be brief."),
    Message("user", "각주란?"),
    Message("assistant", "A note."),
    Message("user", "More."),
]


def written(name: str, messages: list[Message]) -> str:
    known = next(known for known in FORMATS if known.name == name)
    return "".join(piece.text for piece in known.pieces(messages))


def test_chatml_is_as_qwen_was_trained() -> None:
    assert written("ChatML", CONVERSATION) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\n각주란?<|im_end|>\n"
        "<|im_start|>assistant\nA note.<|im_end|>\n"
        "<|im_start|>user\nMore.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_gemma_hears_the_system_message_from_the_first_user() -> None:
    assert written("Gemma", CONVERSATION).startswith(
        "<start_of_turn>user\nBe brief.\n\n각주란?<end_of_turn>\n<start_of_turn>model\nA note.<end_of_turn>\n"
    )


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_what_a_message_says_is_never_a_marker(known: object) -> None:
    for each in FORMATS:
        if each is not known:
            continue
        hostile = each.before.format(role="user") + "{role} {0} {{" + each.after
        pieces = list(each.pieces([Message("user", hostile)]))
        assert [piece.text for piece in pieces if not piece.is_marker] == [hostile]
