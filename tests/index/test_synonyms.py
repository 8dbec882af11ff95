"""What people write into a list of synonyms, and what it adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.contracts import Word
from bot.errors import ConfigError
from bot.index import synonyms as synonyms_module
from bot.index.synonyms import Match, Rule, SynonymLists, Synonyms, parsed_rules, read_rules, shipped_rules
from tests.fakes import PlainMorphology


def terms_meant(synonyms: Synonyms, *terms: str) -> set[str]:
    return {term for match in synonyms.matches(told(*terms)) for phrase in match.meant for term in phrase}


def told(*terms: str) -> list[Word]:
    return [Word(term, place, place + 1) for place, term in enumerate(terms)]


def test_a_line_is_a_group_or_works_one_way() -> None:
    rules = parsed_rules(
        "# ours\n연차, annual  leave,PTO # all alike\n\n쿼리파이 -> QueryPie, QP\n", "mine.txt"
    )

    assert rules == [
        Rule(("연차", "annual leave", "PTO"), ("연차", "annual leave", "PTO")),
        Rule(("쿼리파이",), ("QueryPie", "QP")),
    ]


@pytest.mark.parametrize(
    "line", ["연차", "연차,", "연차, , PTO", "a -> b -> c", "-> b", "a ->", f"{'a' * 81}, b", ","]
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(ConfigError, match=r"^mine\.txt, line 2: "):
        parsed_rules(f"휴가, leave\n{line}\n", "mine.txt")


def test_a_file_may_begin_as_windows_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_bytes("\ufeff휴가, leave\r\n".encode())

    assert read_rules(path) == [Rule(("휴가", "leave"), ("휴가", "leave"))]


def test_a_file_that_is_missing_or_no_utf_8_is_a_matter_of_the_settings(tmp_path: Path) -> None:
    korean = tmp_path / "synonyms.txt"
    korean.write_bytes("휴가, leave".encode("cp949"))

    with pytest.raises(ConfigError, match="UTF-8"):
        read_rules(korean)
    with pytest.raises(ConfigError, match="no file"):
        read_rules(tmp_path / "none.txt")


def test_the_longest_name_is_taken_and_none_within_it() -> None:
    synonyms = Synonyms(
        [
            ((("연차",), ("연차", "휴가"), ("pto",)),) * 2,
            ((("휴가",), ("leav",)),) * 2,
        ]
    )

    assert list(synonyms.matches(told("연차", "휴가", "신청"))) == [Match(0, 2, (("연차",), ("pto",)))]
    assert list(synonyms.matches(told("내일", "휴가"))) == [Match(1, 1, (("leav",),))]
    assert list(synonyms.matches([])) == []


def test_one_way_is_not_the_other() -> None:
    synonyms = Synonyms([((("쿼리파이",),), (("querypi",),))])

    assert list(synonyms.matches(told("쿼리파이")))
    assert not list(synonyms.matches(told("querypi")))


def test_what_ships_can_be_read_and_is_in_both_languages() -> None:
    rules = shipped_rules()

    assert len(rules) >= 150
    only_korean = [rule for rule in rules if not any(name.isascii() for name in rule.meant)]
    assert only_korean == []


async def test_the_list_is_read_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(synonyms_module, "LOOK_SECONDS", 0.0)
    path = tmp_path / "synonyms.txt"
    path.write_text("garage, parking\n")
    lists = SynonymLists(PlainMorphology(), path, shipped=False)
    assert terms_meant(await lists.current(), "garage") == {"parking"}

    path.write_text("garage, carport\n")
    assert terms_meant(await lists.current(), "garage") == {"carport"}

    path.write_text("garage\n")
    assert terms_meant(await lists.current(), "garage") == {"carport"}
    assert "synonyms.txt, line 1" in caplog.text

    path.unlink()
    assert terms_meant(await lists.current(), "garage") == {"carport"}


async def test_the_companys_names_come_before_those_that_ship(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_text("vacation, siesta\n")
    lists = SynonymLists(PlainMorphology(), path)

    (match,) = (await lists.current()).matches(told("vacation"))

    assert match.meant[0] == ("siesta",)
    assert ("leave",) in match.meant


def test_a_list_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        SynonymLists(PlainMorphology(), tmp_path / "none.txt")
