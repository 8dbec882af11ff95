from __future__ import annotations

from bot.models.serving.drafts import MOST, Drafts, guesses

PASSAGE = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]


def test_what_followed_the_same_words_is_guessed() -> None:
    drafts = Drafts([1, *PASSAGE, 2])
    drafts.extend([12, 13])
    assert drafts.guess()[:2] == [14, 15]


def test_the_longest_match_counts_and_the_latest_of_those() -> None:
    drafts = Drafts([5, 6, 7, 1, 9, 6, 7, 2, 5, 6, 7, 3, 8])
    drafts.extend([9, 6, 7])
    assert drafts.guess()[0] == 2
    drafts.extend([2, 5, 6, 7])
    assert drafts.guess()[0] == 3


def test_where_nothing_was_seen_nothing_is_guessed() -> None:
    drafts = Drafts(PASSAGE)
    drafts.extend([3, 4])
    assert drafts.guess() == []


def test_more_is_expected_of_guesses_while_they_come_true() -> None:
    drafts = Drafts([*PASSAGE] * 4)
    drafts.extend([10, 11])
    assert drafts.guess()[:3] == [12, 13, 14]
    assert len(drafts.guess()) <= MOST
    first = drafts.expected(4)
    assert drafts.expected(0) == 1
    for _ in range(20):
        drafts.checked(4, 4)
    assert first < drafts.expected(4) <= 5
    for _ in range(40):
        drafts.checked(4, 0)
    assert drafts.expected(4) < 1.1
    assert (drafts.offered, drafts.accepted) == (240, 80)


def test_a_reply_can_copy_from_itself() -> None:
    drafts = Drafts([1, 2])
    drafts.extend([40, 41, 42, 40, 41])
    assert drafts.guess()[0] == 42


def test_as_many_are_guessed_as_make_the_most_tokens_a_second() -> None:
    sure, unsure = Drafts([*PASSAGE] * 4), Drafts([*PASSAGE] * 4)
    for drafts, accepted in ((sure, 4), (unsure, 0)):
        drafts.extend([10, 11])
        for _ in range(20):
            drafts.checked(4, accepted)

    def costly(count: int) -> float:
        return 1.0 + count

    def cheap(count: int) -> float:
        return 1.0 + 0.01 * count

    assert guesses([sure], [MOST], costly) == [[]]
    assert len(guesses([sure], [MOST], cheap)[0]) > 4
    assert guesses([unsure], [MOST], cheap) == [[]]
    assert [len(guess) for guess in guesses([sure, sure], [MOST, 2], cheap)][1] == 2
    assert guesses([], [], cheap) == []
