"""What the doctor says of the document sets."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.config import Config
from bot.contracts import Filter
from bot.doctor.finding import Finding
from bot.errors import FootnoteError
from bot.store.corpus import Corpus
from bot.store.database import Database
from bot.store.sources import Sources


def examine_sets(config: Config, connectors: Collection[str]) -> Iterator[Finding]:
    """One warning for each set that names what is not there. `connectors`: names of all there are."""
    if not config.sets:
        return
    try:
        database = Database(config.database_path)
    except FootnoteError:  # said under "database"
        return
    try:
        sources = Sources(database)
        with_documents = Corpus(database).connectors()
        known = {*connectors, *with_documents}
        for name, within in config.sets.items():
            named = dict.fromkeys(scope.partition("/")[0] for scope in within)
            if unknown := [connector for connector in named if connector not in known]:
                yield Finding(
                    f"set {name}", "warning", f"there is no connector {' and no '.join(unknown)}",
                    f"Mend sets.{name} in {config.path.name}, or add it: footnote connectors add KIND NAME."
                    f" There are: {', '.join(sorted(known)) or 'none'}.",
                )  # fmt: skip
            elif with_documents and not sources.count(Filter(within)):
                yield Finding(
                    f"set {name}", "warning", f"no document is within {', '.join(within)}",
                    f"Mend sets.{name} in {config.path.name}: `footnote status` shows what the sets have.",
                )  # fmt: skip
    except FootnoteError:
        return
    finally:
        database.close()
