"""`python -m bot.sandbox --port N`: the workspace alone, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

from bot.sandbox.server import Sandbox


def main() -> None:
    """Run a sandbox and say how to reach it."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A local Slack workspace.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8065)
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.host, arguments.port))


async def _run(host: str, port: int) -> None:
    sandbox = Sandbox(host, port)
    try:
        await sandbox.start()
    except OSError:
        sys.exit(f"Port {port} on {host} is in use. Choose another with --port.")
    print(f"Open    {sandbox.url}")  # noqa: T201
    print(f"API     {sandbox.api_url}  (base_url of slack_sdk)")  # noqa: T201
    print(f"Tokens  {sandbox.bot_token} (bot)  {sandbox.app_token} (app)", flush=True)  # noqa: T201
    try:
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()


if __name__ == "__main__":
    main()
