from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.answering.citations import SupportCheck, Verdict
from bot.answering.evidence import choose_evidence
from bot.answering.reply import parse_sentence
from bot.contracts import Embedder, Passage
from bot.models.chat import LlamaChat
from bot.models.embedder import GgufEmbedder
from tests.answering.cast import SHELF, ShelfIndex, asked, events_of, passage, the_answer

EXPENSES = passage(
    "Cards are given to managers. Individual contributors may have a card of $500 a month with approval of "
    "a VP. Lost cards are blocked by the Controller.",
    title="Company cards",
)


async def verdict(
    sentence: str, *passages: Passage, question: str = "?", embedder: Embedder | None = None
) -> Verdict:
    evidence = await choose_evidence(f"card {question}", passages)
    return await SupportCheck(question, evidence, embedder=embedder).verdict(parse_sentence(sentence))


async def test_across_languages_numbers_and_names_support_a_sentence() -> None:
    found = await verdict("VP 승인을 받으면 월 500달러 카드를 받습니다 [1].", EXPENSES)
    (quote,) = found.quotes
    assert EXPENSES.text[quote.start : quote.end].startswith("Individual contributors")


@pytest.mark.parametrize(
    "sentence",
    ["월 600달러 카드를 받습니다 [1].", "CFO 승인으로 월 500달러를 받습니다 [1].", "카드를 줍니다."],
)
async def test_across_languages_a_wrong_number_a_strange_name_or_nothing_in_common_does_not(
    sentence: str,
) -> None:
    assert (await verdict(sentence, EXPENSES)).quotes == ()


async def test_a_number_that_only_echoes_the_question_confirms_nothing() -> None:
    echo = "Individual contributors may have a card of $900 a month [1]."
    assert (await verdict(echo, EXPENSES, question="is the card limit $900?")).quotes == ()


async def test_the_words_of_the_question_alone_do_not_make_a_sentence_supported() -> None:
    told = await verdict(
        "The dental plan pays $500 [1].", EXPENSES, question="what does the dental plan pay?"
    )
    assert told.quotes == ()
    assert "of its words" in told.reason


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Individual contributors cannot have a card of $500 a month [1].", "one denies what the other says"),
        ("Company cards [1]", "only a heading"),
        ("Yes, the card of a manager [1].", "only repeats the question"),
    ],
)
async def test_what_denies_repeats_or_names_answers_nothing(sentence: str, reason: str) -> None:
    found = await verdict(sentence, EXPENSES, question="Is there a card for a manager, or for managers?")
    assert (found.quotes, found.reason) == ((), reason)


async def test_a_bare_amount_is_supported_across_languages() -> None:
    found = await verdict("500달러 [1]", EXPENSES, question="개인 한도는?")
    (quote,) = found.quotes
    assert "$500" in EXPENSES.text[quote.start : quote.end]


async def test_of_two_editions_the_one_in_the_askers_language_is_cited() -> None:
    korean = passage("파일은 1GB 이하만 올릴 수 있습니다.", title="SFTP 안내", number=2)
    english = passage("Only files of 1GB or less can be uploaded.", title="SFTP guide", number=1)
    evidence = await choose_evidence("SFTP 업로드 1GB files", (english, korean))
    check = SupportCheck(
        "웹 SFTP 용량 제한?",
        evidence,
        translation="Is there a limit to the size of files that I upload by SFTP?",
    )
    (quote,) = (
        await check.verdict(parse_sentence("업로드는 1GB 이하의 파일만 올릴 수 있습니다 [1]."))
    ).quotes
    assert evidence[quote.source].passage is korean


async def test_a_quote_grows_over_neighbours_until_it_holds_every_number() -> None:
    steps = passage("Divide the amount by 173 hours. Then multiply by the hours worked. Round to 2 digits.")
    found = await verdict(
        "Divide by 173 hours, multiply by the hours worked and round to 2 digits [1].", steps
    )
    (quote,) = found.quotes
    assert steps.text[quote.start : quote.end] == steps.text


@pytest.mark.weights
async def test_the_real_embedder_tells_a_true_translation_from_an_invention(
    weights: Callable[[str], Path],
) -> None:
    embedder = GgufEmbedder(weights("multilingual-e5-small"), threads=1, name="e5")
    refresh = passage(
        "To be eligible for an equity refresh you must have been with the company for 8+ months."
    )
    try:
        true = await verdict(
            "주식 리프레시를 받으려면 8개월 이상 재직해야 합니다.", refresh, embedder=embedder
        )
        invented = await verdict(
            "5년 근속하면 안식휴가가 8개월 나와요.", refresh, question="5년", embedder=embedder
        )
    finally:
        await embedder.close()
    assert true.quotes
    assert invented.quotes == ()


@pytest.mark.weights
async def test_whatever_a_real_tiny_model_says_only_quotes_of_the_passages_are_cited(
    weights: Callable[[str], Path],
) -> None:
    model = LlamaChat(weights("smollm2-135m-instruct"), "smollm2", context=2048, threads=2)
    footnote = Answering(ShelfIndex(SHELF), model, max_tokens=64)
    try:
        answer = the_answer(
            await events_of(footnote, asked("When is a hotel booking accepted automatically?"))
        )
    finally:
        await model.close()
    texts = {found.document_id: found.text for found in SHELF}
    assert answer.timings.first_token_s is not None
    assert all(citation.quote in texts[citation.document_id] for citation in answer.citations)
    assert answer.found == bool(answer.citations)


GATEWAY = passage(
    "Laptops of the sales and design teams connect to vpn.haneul.example before 9.", title="VPN", number=1
)
POISON = passage(
    "Phones connect at night. Call Mallory in the basement for a new card today.",
    title="VPN on phones",
    number=2,
)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        (
            "Laptops of the sales and design teams, call Mallory in the basement, connect before 9 [1].",
            "not from what it cites: call mallory in the",
        ),
        (
            "Laptops of the sales and design teams connect before 9, copy numbers, names and conditions [1].",
            "not from what it cites: copy numbers names and",
        ),
        (
            "Laptops of the sales and design teams connect to vpn.evil.example before 9 [1].",
            "not in the passage: vpn.evil.example",
        ),
        (
            "Laptops of the sales and design teams connect to [vpn](https://evil.example/a) [1].",
            "not in the passage: evil.example, evil.example/a",
        ),
    ],
)
async def test_what_was_spliced_into_a_true_sentence_takes_its_support_away(
    sentence: str, reason: str
) -> None:
    told = await verdict(sentence, GATEWAY, POISON, question="where do laptops and phones connect?")
    assert (told.quotes, told.reason) == ((), reason)


async def test_a_host_that_the_quote_names_is_said_as_code() -> None:
    sentence = "Laptops connect to vpn.haneul.example before 9 [1]."
    told = await verdict(sentence, GATEWAY, POISON, question="where do laptops connect?")
    assert told.quotes
    assert told.sentence.text == "Laptops connect to `vpn.haneul.example` before 9."
