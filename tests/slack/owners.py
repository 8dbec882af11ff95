"""Connectors with owner channels, and a question that was put to their owners."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from bot.config import load_config
from bot.connector_list import ConnectorList
from bot.contracts import Answer
from bot.slack.bot import SlackBot
from bot.store.database import Database
from bot.store.escalations import Escalation, Escalations
from bot.sync.schedule import parse_schedule
from tests.slack.cast import Answerer, Workspace, connected
from tests.slack.test_experts import answered, ask, posted

Json = dict[str, Any]
PEOPLE, HANDBOOK, RANDOM = "C04PEOPLE0", "C02HANDBOOK", "C03RANDOM0"


def connectors(path: Path, **owners: str) -> ConnectorList:
    """The real list: those of a config.toml, each a folder, with these owner channels."""
    tables = "".join(
        f'[connectors.{name}]\nkind = "folder"\npath = "."\nowner_channel = "{channel}"\n'
        for name, channel in owners.items()
    )
    file = path.parent / "config.toml"
    file.write_text(tables)
    config = load_config(file, {"FOOTNOTE_DATA_DIR": str(path.parent)})
    return ConnectorList(config, Database(path), parse_schedule)


def bot(
    sandbox: Workspace, path: Path, given: Answer, **owners: str
) -> AbstractAsyncContextManager[SlackBot]:
    return connected(sandbox, path, Answerer(given), connectors=connectors(path, **owners))


def kept(path: Path) -> Escalation:
    one = Escalations(Database(path), lambda: 0.0).get("T01SANDBOX", "trace-1")
    assert one is not None
    return one


async def asked(
    sandbox: Workspace, path: Path, user: str = "minsu", channel: str = "people-team"
) -> tuple[str, Json]:
    """The ts of the answer, and the post, once the asker heard of it."""
    ts = await answered(sandbox, user=user)
    await ask(sandbox, user, ts)
    assert await sandbox.submit(user, {"question": "연차는?"}) == {}
    (post,) = await sandbox.wait_for(lambda: posted(sandbox, channel))
    await sandbox.wait_for(lambda: kept(path).is_posted)
    return ts, post
