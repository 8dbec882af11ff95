"""Where a question to people goes: to those who look after the documents that its answer came from.

That is the owner channel of the connector that the answer cites most or, where it found nothing, of the one
whose document came nearest; of these the first that has one. Else it is [slack] experts_channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from bot.contracts import Answer
from bot.slack.experts_blocks import ExpertsChannel


class ExpertsPlaces:
    """`owners` gives the owner channels of connectors as they are now, by name; empty texts do not count."""

    def __init__(self, owners: Callable[[], Mapping[str, str]], general: ExpertsChannel | None) -> None:
        self._owners = owners
        self._general = general

    def place_of(self, answer: Answer | None) -> ExpertsChannel | None:
        """Where people are asked about that answer, or about one of which nothing is kept; None: nowhere.

        Raises StoreError.
        """
        if answer is not None:
            owners = self._owners()
            for connector in _connectors_of(answer):
                if channel := owners.get(connector):
                    return ExpertsChannel(channel, connector=connector)
        return self._general

    def has_place(self, answer: Answer) -> bool:
        """Whether people can be asked about it. Raises StoreError."""
        return self._general is not None or self.place_of(answer) is not None


def _connectors_of(answer: Answer) -> list[str]:
    """Names of connectors, each once, the one to ask first at the beginning."""
    if answer.found and answer.citations:
        counted = Counter(citation.connector for citation in answer.citations)
        return [connector for connector, _ in counted.most_common()]
    return list(dict.fromkeys(passage.connector for passage in answer.nearest))
