"""A local Slack workspace: Web API, Socket Mode and a web page on one port, for a bot that does not know it.

What it promises: an unmodified slack-bolt app, pointed at it by `base_url` alone, meets what it would meet at
Slack, the awkward parts included. It keeps everything in memory and speaks only to this machine.

    cast.py           who and what is there at the start
    workspace.py      the state, and what may be done to it; no HTTP
    messages.py       one message, and the stream that may be writing it
    text.py           how Slack stores what people type
    blocks.py         which blocks Slack refuses, and how it says so
    events.py         what the bot is told about a change
    interactions.py   clicks, slash commands, modals, response_url
    socket_mode.py    connections, envelopes, acks, retries
    web_api.py        arguments, tokens and errors of the Web API; the methods are in methods/
    faults.py         what goes wrong on demand
    page_api.py       what the web page in page/ speaks
    server.py         Sandbox: all of it on a port, with verbs for tests
"""

from bot.sandbox.faults import Faults
from bot.sandbox.server import Sandbox
from bot.sandbox.workspace import Command

__all__ = ["Command", "Faults", "Sandbox"]
