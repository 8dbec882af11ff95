"""Sections of a document to chunks that are found, embedded and cited as one piece.

A chunk is a run of whole blocks (paragraphs, list items, tables, code) of one section, or of small sections
that stand side by side. Sizes are estimated tokens: a tokenizer in the bot would cost more than it gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeRelationship,
    ObjectType,
    RelatedNodeInfo,
    TextNode,
)

from bot.answering.language import is_hangul
from bot.index.blocks import blocks_of, joined, split_block
from bot.parsing.parsed import Parsed

SECTION_SEPARATOR = " > "


class SectionNodeParser(NodeParser):
    """Nodes of sections (see `section_nodes`) to nodes of chunks, for one document at a time."""

    target_tokens: int = 240
    """Blocks are put together up to this size."""
    most_tokens: int = 300
    """A block beyond this size is split, between sentences, rows or lines."""
    small_tokens: int = 60
    """A section below this size joins its neighbour under the same heading."""

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: ARG002 - LlamaIndex passes it
        **_: Any,
    ) -> list[BaseNode]:
        found: list[BaseNode] = []
        for group in self._joined(nodes):
            path = _common_path([_path(node) for node in group])
            first = group[0]
            for text in self._pieces(self._text_of(group, path)):
                found.append(
                    chunk_node(
                        title=first.metadata["title"],
                        section=SECTION_SEPARATOR.join(path),
                        text=text,
                        anchor=first.metadata["anchor"],
                        document_id=first.ref_doc_id or "",
                        position=len(found),
                    )
                )
        return found

    def _joined(self, nodes: Sequence[BaseNode]) -> Iterator[list[BaseNode]]:
        """Neighbours that belong together: one of them small, both under one heading, and short in all."""
        group: list[BaseNode] = []
        size = 0
        for node in nodes:
            own = estimated_tokens(node.get_content(metadata_mode=MetadataMode.NONE))
            fits = size + own <= self.target_tokens and min(own, size) < self.small_tokens
            if group and not (fits and _are_near(_path(group[0]), _path(node))):
                yield group
                group, size = [], 0
            group.append(node)
            size += own
        if group:
            yield group

    def _text_of(self, group: Sequence[BaseNode], path: tuple[str, ...]) -> str:
        parts: list[str] = []
        shown: tuple[str, ...] = path
        for node in group:
            own = _path(node)
            if own != shown and len(own) > len(path):
                # the headings that joining took out of the section path stay readable in the text
                parts.append("**" + SECTION_SEPARATOR.join(own[len(path) :]) + "**")
            shown = own
            parts.append(node.get_content(metadata_mode=MetadataMode.NONE).strip("\n").rstrip())
        return "\n\n".join(parts)

    def _pieces(self, text: str) -> list[str]:
        """What a chunk holds, without a scrap at the end where the last one has room for it."""
        runs = list(self._runs(text))
        if len(runs) > 1:
            rest = sum(map(estimated_tokens, runs[-1]))
            if rest < self.small_tokens and rest + sum(map(estimated_tokens, runs[-2])) <= self.most_tokens:
                runs[-2:] = [runs[-2] + runs[-1]]
        return [joined(run) for run in runs]

    def _runs(self, text: str) -> Iterator[list[str]]:
        current: list[str] = []
        size = 0
        pieces = [
            piece
            for block in blocks_of(text)
            for piece in split_block(block, self.target_tokens, self.most_tokens, estimated_tokens)
        ]
        for piece in pieces:
            own = estimated_tokens(piece)
            if current and size + own > self.target_tokens:
                # "These apply:" says nothing without what follows it
                carried = [current.pop()] if len(current) > 1 and current[-1].rstrip().endswith(":") else []
                yield current
                current = carried
                size = sum(map(estimated_tokens, carried))
            current.append(piece)
            size += own
        if current:
            yield current


def section_nodes(parsed: Parsed, document_id: str) -> list[TextNode]:
    """One node a section, in order."""
    source = RelatedNodeInfo(node_id=document_id, node_type=ObjectType.DOCUMENT)
    return [
        TextNode(
            id_=f"{document_id}:{number}",
            text=section.text,
            metadata={
                "title": parsed.title,
                "path": list(section.path),
                "anchor": _fragment(section.anchor, section.page),
            },
            relationships={NodeRelationship.SOURCE: source},
        )
        for number, section in enumerate(parsed.sections)
    ]


def chunk_node(
    *, title: str, section: str, text: str, anchor: str = "", document_id: str = "", position: int = 0
) -> TextNode:
    """A chunk as LlamaIndex sees it; its content in mode EMBED is what is embedded."""
    relationships: dict[NodeRelationship, Any] = {}
    if document_id:
        relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(
            node_id=document_id, node_type=ObjectType.DOCUMENT
        )
    return TextNode(
        id_=f"{document_id}#{position}",
        text=text,
        metadata={"title": title, "section": section, "anchor": anchor, "position": position},
        excluded_embed_metadata_keys=["anchor", "position", *([] if section else ["section"])],
        metadata_template="{value}",
        metadata_separator=SECTION_SEPARATOR,
        text_template="{metadata_str}\n{content}",
        relationships=relationships,
    )


def embedded_text(title: str, section: str, text: str) -> str:
    """What is embedded for a chunk: where it stands, then what it says."""
    return chunk_node(title=title, section=section, text=text).get_content(metadata_mode=MetadataMode.EMBED)


def estimated_tokens(text: str) -> int:
    """About what XLM-R's vocabulary makes of it: 1.6 syllables of Hangul a token, 4 other characters."""
    hangul = sum(map(is_hangul, text))
    return round(hangul / 1.6 + (len(text) - hangul) / 4)


def _fragment(anchor: str, page: int | None) -> str:
    if anchor:
        return "#" + anchor
    return f"#page={page}" if page else ""


def _path(node: BaseNode) -> tuple[str, ...]:
    return tuple(node.metadata["path"])


def _are_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Under the same heading, or one right below the other."""
    common = len(_common_path([one, other]))
    return common >= min(len(one), len(other)) - 1 and common >= max(len(one), len(other)) - 1


def _common_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    common = paths[0]
    for path in paths[1:]:
        length = 0
        while length < min(len(common), len(path)) and common[length] == path[length]:
            length += 1
        common = common[:length]
    return common
