"""What goes into one chunk."""

from __future__ import annotations

from llama_index.core.schema import MetadataMode, TextNode

from bot.index.blocks import blocks_of
from bot.index.chunking import SectionNodeParser, embedded_text, estimated_tokens, section_nodes
from bot.parsing.parsed import Parsed, Section
from bot.sentences import sentences


def chunks_of(*sections: Section, title: str = "Guide") -> list[TextNode]:
    nodes = section_nodes(Parsed(title, sections), "d1")
    found = SectionNodeParser().get_nodes_from_documents(nodes)  # type: ignore[arg-type]
    return [node for node in found if isinstance(node, TextNode)]


def texts_of(text: str) -> list[str]:
    return [chunk.get_content() for chunk in chunks_of(Section((), text))]


def prose(number_of_sentences: int, word: str = "word") -> str:
    return " ".join(f"Sentence {n} has one {word} more than it needs." for n in range(number_of_sentences))


def test_a_chunk_knows_its_document_its_section_and_its_place() -> None:
    first, second = chunks_of(
        Section(("Leave",), prose(20), anchor="leave"), Section(("Leave", "Sick"), prose(20), page=7)
    )

    assert (first.ref_doc_id, first.metadata["section"], first.metadata["anchor"]) == (
        "d1",
        "Leave",
        "#leave",
    )
    assert (second.metadata["section"], second.metadata["anchor"]) == ("Leave > Sick", "#page=7")
    assert [chunk.metadata["position"] for chunk in (first, second)] == [0, 1]


def test_title_and_section_are_embedded_with_the_text() -> None:
    (chunk,) = chunks_of(Section(("Leave", "Sick"), "Call before nine."))

    assert chunk.get_content(metadata_mode=MetadataMode.EMBED) == "Guide > Leave > Sick\nCall before nine."
    assert embedded_text("Guide", "", "Text.") == "Guide\nText."


def test_long_prose_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = prose(120)

    pieces = texts_of(text)

    assert len(pieces) > 3
    assert [sentence for piece in pieces for sentence in sentences(piece)] == sentences(text)
    assert max(map(estimated_tokens, pieces)) <= 300


def test_korean_is_measured_by_its_syllables() -> None:
    text = "모든 직원은 매년 열닷새의 연차를 사용할 수 있습니다. " * 40

    pieces = texts_of(text)

    assert len(pieces) > 2
    assert all(piece.endswith("있습니다.") for piece in pieces)


def test_every_piece_of_a_table_repeats_its_header() -> None:
    rows = [f"| name {n} | a value that says something about number {n} |" for n in range(80)]
    table = "\n".join(["| Name | Value |", "| ------ | ------ |", *rows])

    pieces = texts_of("Before.\n\n" + table + "\n\nAfter.")

    with_rows = [piece for piece in pieces if "| name" in piece]
    assert len(with_rows) > 2
    assert all("| Name | Value |\n| --- | --- |\n" in piece for piece in with_rows)
    assert [line for piece in pieces for line in piece.split("\n") if line.startswith("| name")] == rows


def test_the_padding_of_a_table_is_left_out() -> None:
    assert blocks_of("| a      | b |\n|--------|---|\n| c      | d |") == ["| a | b |\n|---|---|\n| c | d |"]


def test_a_table_in_code_keeps_its_padding() -> None:
    code = "```\n| a      | b |\n```"

    assert blocks_of(code) == [code]


def test_code_stays_whole_where_it_can_and_stays_code_where_it_cannot() -> None:
    short = "```bash\nls\n\ncd /tmp\n```"
    long = "```python\n" + "\n".join(f"print('line number {n} of many')" for n in range(80)) + "\n```"

    assert texts_of(short) == [short]
    pieces = texts_of(long)
    assert len(pieces) > 2
    assert all(piece.startswith("```python\n") and piece.endswith("\n```") for piece in pieces)


def test_what_is_indented_below_an_item_stays_with_it() -> None:
    first = "1. Open it.\n\n   More about opening.\n   - a detail"
    text = first + "\n2. Close it.\nNot indented but lazy.\n\nThe end."

    assert blocks_of(text) == [
        first,
        "2. Close it.\nNot indented but lazy.",
        "The end.",
    ]


def test_small_sections_under_one_heading_become_one_chunk_that_names_them() -> None:
    (chunk,) = chunks_of(
        Section(("Perks", "Internet"), "Fifty dollars."), Section(("Perks", "Phone"), "Seventy-five dollars.")
    )

    assert chunk.metadata["section"] == "Perks"
    assert chunk.get_content() == "**Internet**\n\nFifty dollars.\n\n**Phone**\n\nSeventy-five dollars."


def test_sections_under_different_headings_are_not_joined() -> None:
    assert len(chunks_of(Section(("A", "B"), "Short."), Section(("C", "D"), "Short too."))) == 2


def test_an_introduction_goes_with_what_it_introduces() -> None:
    pieces = texts_of(prose(22) + "\n\nThese apply:\n\n" + prose(10, "rule"))

    assert not any(piece.endswith("These apply:") for piece in pieces)


def test_a_text_without_any_end_is_cut_all_the_same() -> None:
    pieces = texts_of("x" * 20_000)

    assert "".join(pieces) == "x" * 20_000
    assert max(map(estimated_tokens, pieces)) <= 300
