"""A local Slack workspace: Web API, events over Socket Mode or signed HTTP, and a web page, on one port.

What it promises: an unmodified Slack app, pointed at it by its base URL alone, meets what it would meet at
Slack, the awkward parts included. It speaks only to this machine.

    team/             what is there, and what may be done to it
    events/           what the app hears, and how it is delivered
    api/              what the app may call
    faults/           what goes wrong on demand
    page/             the web page
    scenario/         what people do there, written down to be played
    company/          sample documents
    state.py          the file that keeps it all over a restart
    verbs.py          what tests and scenarios do as people
    server.py         Sandbox: all of it on a port
    pytest_plugin.py  a workspace in one line
"""

from bot.sandbox.faults.faults import Faults
from bot.sandbox.server import Sandbox
from bot.sandbox.team.app import App, Command, Shortcut

__all__ = ["App", "Command", "Faults", "Sandbox", "Shortcut"]
