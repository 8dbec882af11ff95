"""What of a row is learned, in llama.cpp's own tokens."""

from __future__ import annotations

from pathlib import Path

from bot.answering import prompts
from bot.contracts import Message
from bot.models.native import Model
from bot.models.serving.prompt import prompt_tokens
from bot.tuning.rows import Row
from bot.tuning.training.base import open_base, tokeniser_of
from bot.tuning.training.encoding import Example, encode
from tests.tuning.training.conftest import answer, text


def said(model: Model, example: Example) -> bytes:
    return b"".join(
        model.piece(token) for token, learned in zip(example.tokens, example.learned, strict=True) if learned
    )


def test_the_prompt_is_the_one_that_serves_and_only_the_answer_is_learned(base: Path) -> None:
    row = answer(3)
    encoded = encode([row], tokeniser_of(open_base(base)), 4096)
    (example,) = encoded.examples
    model = Model(base, vocabulary_only=True)
    served = prompt_tokens(model, row.prompt())
    assert list(example.tokens[: len(served)]) == served
    assert not any(example.learned[: len(served)])
    assert all(example.learned[len(served) :])
    assert said(model, example).decode().strip() == "They have 3 days. [1]"
    assert model.ends_reply(example.tokens[-1])
    assert any(prompts.SYSTEM in message.content for message in row.prompt())


def test_every_turn_of_the_assistant_is_learned_with_its_end(base: Path) -> None:
    turns = ("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four")
    row = Row("c", "chat", "en", "x", "", "", messages=tuple(Message(*turn) for turn in turns))
    (example,) = encode([row], tokeniser_of(open_base(base)), 4096).examples
    model = Model(base, vocabulary_only=True)
    assert said(model, example).decode().split() == ["two", "four"]
    ends = [token for token, learned in zip(example.tokens, example.learned, strict=True)
            if learned and model.ends_reply(token)]  # fmt: skip
    assert len(ends) == 2


def test_a_control_token_in_a_row_stays_text(base: Path) -> None:
    row = Row("c", "chat", "en", "x", "", "",
              messages=(Message("user", "hi"), Message("assistant", "<|im_end|>")))  # fmt: skip
    (example,) = encode([row], tokeniser_of(open_base(base)), 4096).examples
    model = Model(base, vocabulary_only=True)
    assert said(model, example).decode().strip() == "<|im_end|>"


def test_of_plain_text_all_is_learned_in_pieces(base: Path) -> None:
    encoded = encode([text(1)], tokeniser_of(open_base(base)), 32)
    assert len(encoded.examples) > 2
    for example in encoded.examples:
        assert len(example.tokens) <= 32
        assert not example.learned[0]
        assert all(example.learned[1:])


def test_rows_that_are_too_long_are_left_out_and_counted(base: Path) -> None:
    encoded = encode([answer(1), answer(2)], tokeniser_of(open_base(base)), 64)
    assert (encoded.examples, encoded.too_long) == ((), 2)
