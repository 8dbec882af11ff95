"""The bot with a weekly digest that was due at a given time, in a process of its own, to be killed.

Arguments: the API URL, the bot token, the database, the app token, seconds since 1970, and an owner channel.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.slack.bot import SlackBot
from bot.slack.digests import DigestPlan
from bot.slack.socket_mode import SocketMode
from bot.store.database import Database
from tests.slack.cast import Answerer, NotingAdmin, nothing_found


async def main(api_url: str, bot_token: str, path: str, app_token: str, seconds: str, channel: str) -> None:
    due = datetime.fromtimestamp(float(seconds), UTC)
    bot = SlackBot(
        bot_token=bot_token,
        transport=SocketMode(app_token),
        api_url=api_url,
        database=Database(Path(path)),
        answer=Answerer(),
        search=nothing_found,
        admin=NotingAdmin(),
        digest=DigestPlan(lambda _: due, lambda: {"hr": channel, "wiki": ""}),
    )
    await bot.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
