"""Is it enough to tune on? What is refused, and what whoever trains on it should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.tuning.data.dataset import DatasetError
from bot.tuning.data.rehearsal import SOURCE as REHEARSAL
from bot.tuning.data.shares import GATE_HELDOUT
from bot.tuning.rows import Row

LEAST_ROWS, ADVISED_ROWS = 10, 50
LEAST_HELDOUT = 20
"""Held-out rows from which `footnote tune advise` believes a difference."""
_MOST_REASONS = 4


def enough(
    rows: Sequence[Row],
    rejected: Counter[str],
    *,
    splits: Mapping[str, Sequence[Row]] | None = None,
    may_lack_abstentions: bool = True,
) -> None:
    """Raises DatasetError, which says why, where a model cannot be tuned on these rows."""
    if len(rows) < LEAST_ROWS:
        raise DatasetError(
            f"{_count(len(rows))} {'is' if len(rows) == 1 else 'are'} too few: a dataset has {LEAST_ROWS} at "
            "least. With fewer a model learns them by heart, and nothing shows whether it learned more."
            + _left_out(rejected),
            mend=f"Add rows: --generate {ADVISED_ROWS} makes them from documents, --file FILE reads them, "
            "and answers count once somebody gives them a 👍.",
        )
    kinds = {row.kind for row in rows}
    if kinds == {"abstain"}:
        raise DatasetError(
            "All rows are of kind abstain: a model would learn to decline every question.",
            mend="Add rows with answers, about nine for each that declines.",
        )
    if "answer" in kinds and "abstain" not in kinds and not may_lack_abstentions:
        raise DatasetError(
            "No row is of kind abstain, and none could be made by taking the right passage away, because "
            "there are too few other passages: a model would learn to answer every question.",
            mend="Add rows from other documents or of kind abstain; --abstain 0 builds it as it is.",
        )
    empty = [split for split, own in (splits or {}).items() if not own]
    if empty:
        raise DatasetError(
            f"No row is left for {' and '.join(empty)}." + _left_out(rejected),
            mend="Add rows from other documents.",
        )


def advice_on(splits: Mapping[str, Sequence[Row]]) -> list[str]:
    """Sentences, the weightiest first; none where there is nothing to say."""
    rows = [row for own in splits.values() for row in own if row.source != REHEARSAL]
    kinds = Counter(row.kind for row in rows)
    said: list[str] = []
    if len(rows) < ADVISED_ROWS:
        said.append(
            f"{_count(len(rows))}: {ADVISED_ROWS} or more are advised. With so few a model may get worse at "
            "all else, and a gain can hardly be shown."
        )
    if len(splits["heldout"]) < LEAST_HELDOUT:
        said.append(
            f"{_count(len(splits['heldout']))} held out: footnote tune advise wants {LEAST_HELDOUT} before "
            "it believes a difference."
        )
    heldout = Counter(row.kind for row in splits["heldout"])
    if kinds["answer"] and min(heldout["answer"], heldout["abstain"]) < GATE_HELDOUT:
        said.append(
            f"Of the rows held out {heldout['answer']:,} answer and {heldout['abstain']:,} decline. Before an"
            f" adapter may answer people, a loss has to be ruled out on {GATE_HELDOUT} or more of each: more"
            " rows (--generate), or a larger share of them (--heldout, --abstain)."
        )
    if kinds["answer"] and not kinds["abstain"]:
        said.append("No row declines: the model may learn to answer whatever is asked.")
    if not kinds["answer"]:
        said.append("No row cites: they teach how to speak, not how to answer from documents.")
    elif kinds["chat"]:
        said.append(
            f"{_count(kinds['chat'])} without passages: they teach how to speak. Those whose answer stands "
            "in a document should name it (passage), so that they teach to cite."
        )
    languages = Counter[str](row.language for row in rows)
    for language, name in (("ko", "Korean"), ("en", "English")):
        if 0 < languages[language] < LEAST_ROWS:
            said.append(f"Only {_count(languages[language])} in {name}: too few to learn from.")
    unknown = sum(not row.licence for row in rows)
    if unknown:
        said.append(f"{_count(unknown)} of which no licence is known: --licence says it for files.")
    unsaid = sum(not row.consent for row in rows)
    if unsaid:
        said.append(f"{_count(unsaid)} of which nobody said that they may be learned from: --consent.")
    said.append("Names and addresses of people are not masked: look at the rows before you train on them.")
    return said


def _left_out(rejected: Counter[str]) -> str:
    reasons = [f"{count} × {reason}" for reason, count in rejected.most_common(_MOST_REASONS) if count]
    return f" Left out: {'; '.join(reasons)}." if reasons else ""


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
