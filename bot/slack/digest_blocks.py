"""A digest -> blocks. Pure. What people and documents said stands in rich_text, where a text is only that."""

from __future__ import annotations

from collections.abc import Sequence

from bot.digest import Digest, OldDocument, OpenQuestion, TroubledSource
from bot.slack import texts
from bot.slack.home.blocks import bullets, heading, shortened, word
from bot.slack.render import Block, Rendered, rich_text

MAX_LINES = 10
"""Of each list."""
MAX_QUESTION = 250
MAX_TITLE = 100
MAX_NAME = 40
MAX_NAMES = 400
MAX_REASON = 250


def digest_message(digest: Digest, language: str, refused: Sequence[str] = ()) -> Rendered:
    """One digest as a message. `refused`: ids of channels where its owners' could not be posted."""
    names = shortened(", ".join(digest.connectors), MAX_NAMES)
    days = {"since": f"{digest.since:%Y-%m-%d}", "until": f"{digest.until:%Y-%m-%d}"}
    said = texts.text("digest_days", language, **days)
    lead = [word(said)] if not names else [word(names, bold=True), word(f" · {said}")]
    blocks = [heading("digest_title", language), rich_text(lead)]
    if refused:
        blocks.append(_refused(refused, language))
    blocks += _list(
        "digest_questions",
        [_question(one, language) for one in digest.questions],
        ("digest_unshown_questions", digest.unshown_questions),
        language,
    )
    blocks += _list(
        "digest_outdated",
        [_document(one, "digest_votes_of", language) for one in digest.outdated],
        ("digest_unshown_documents", digest.unshown_outdated),
        language,
    )
    blocks += _list(
        "digest_stale",
        [_document(one, "digest_cited", language) for one in digest.stale],
        ("digest_unshown_documents", digest.unshown_stale),
        language,
        days=digest.stale_days,
    )
    blocks += _list(
        "digest_sources", [_source(one, digest, language) for one in digest.sources], None, language
    )
    closing = [_votes(digest, language)]
    if digest.waiting:
        closing.append(texts.text("digest_waiting", language, count=f"{digest.waiting:,}"))
    said = "\n".join(line for line in closing if line)
    if said:
        blocks.append(rich_text([word(said)]))
    title = texts.text("digest_title", language)
    return Rendered(title, blocks, title)


def _list(
    name: str,
    lines: list[list[Block]],
    unshown: tuple[str, int] | None,
    language: str,
    /,
    **values: object,
) -> list[Block]:
    """A heading and its lines, and how many more there are; nothing where there are none."""
    shown = lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        shown.append([word(texts.text("more_sources", language, count=f"{len(lines) - MAX_LINES:,}"))])
    if unshown and unshown[1]:
        said = texts.text(unshown[0], language, count=f"{unshown[1]:,}", s=texts.plural(unshown[1]))
        shown.append([word(said, italic=True)])
    if not shown:
        return []
    return [rich_text([word(texts.text(name, language, **values), bold=True)]), bullets(shown)]


def _question(one: OpenQuestion, language: str) -> list[Block]:
    line = [word(shortened(one.question, MAX_QUESTION))]
    if one.times > 1:
        line.append(word(texts.text("home_gap", language, times=f"{one.times:,}")))
    if one.nearest:
        title = shortened(one.nearest, MAX_TITLE)
        line.append(word("\n" + texts.text("digest_nearest", language, title=title), italic=True))
    return line


def _document(one: OldDocument, counted: str, language: str) -> list[Block]:
    line = [word(shortened(one.title, MAX_TITLE)), word(f" · {shortened(one.connector, MAX_NAME)}")]
    if one.updated_at is not None:
        line.append(word(texts.text("digest_changed", language, day=f"{one.updated_at:%Y-%m-%d}")))
    line.append(word(texts.text(counted, language, times=f"{one.times:,}", s=texts.plural(one.times))))
    return line


def _source(one: TroubledSource, digest: Digest, language: str) -> list[Block]:
    said = []
    if one.is_paused:
        said.append(texts.text("digest_paused", language))
    elif one.is_failing:
        said.append(texts.text("digest_failing", language))
    if one.is_failing or one.is_paused:
        said.append(_last_read(one, digest, language))
    if one.set_aside:
        said.append(texts.text("digest_aside", language, count=f"{one.set_aside:,}"))
    if one.missing:
        said.append(texts.text("digest_missing", language, count=f"{one.missing:,}"))
    line = [word(shortened(one.connector, MAX_NAME), bold=True), word(": " + " · ".join(said))]
    if one.reason:
        line.append(word("\n" + shortened(one.reason, MAX_REASON)))
    return line


def _last_read(one: TroubledSource, digest: Digest, language: str) -> str:
    """Counted from when the digest was due; what was read since was read just now."""
    if one.succeeded_at is None:
        return texts.text("digest_never", language)
    seconds = max((digest.until - one.succeeded_at).total_seconds(), 0.0)
    return texts.text("digest_read", language, age=texts.age(seconds, language))


def _votes(digest: Digest, language: str) -> str:
    votes = digest.votes
    if not (votes.up or votes.down):
        return ""
    reasons = [
        f"{texts.text(f'reason_{reason}', language)} {count:,}" for reason, count in votes.reasons.items()
    ]
    said = f"👍 {votes.up:,}  👎 {votes.down:,}"
    return f"{said} ({', '.join(reasons)})" if reasons else said


def _refused(channels: Sequence[str], language: str) -> Block:
    elements = [word(texts.text("digest_refused", language))]
    for channel in channels[:MAX_LINES]:
        elements += [word(" "), {"type": "channel", "channel_id": channel}]
    return rich_text(elements)
