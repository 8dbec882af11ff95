"""The bot in a process of its own, for tests that kill it.

Arguments: the API URL, the bot token, the database, and the app token, or the signing secret and a port.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.slack.bot import SlackBot
from bot.slack.http_events import HttpEvents
from bot.slack.socket_mode import SocketMode
from bot.store.database import Database
from tests.slack.cast import Answerer, NotingAdmin, nothing_found


async def main(api_url: str, bot_token: str, path: str, secret: str, port: str = "") -> None:
    bot = SlackBot(
        bot_token=bot_token,
        transport=HttpEvents(secret, "127.0.0.1", int(port)) if port else SocketMode(secret),
        api_url=api_url,
        database=Database(Path(path)),
        answer=Answerer(),
        search=nothing_found,
        admin=NotingAdmin(),
    )
    await bot.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
