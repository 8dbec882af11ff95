"""A local Slack workspace: Web API, events over Socket Mode or signed HTTP, and a web page, on one port.

What it promises: an unmodified Slack app, pointed at it by its base URL alone, meets what it would meet at
Slack, the awkward parts included. It speaks only to this machine.

What is there
    cast.py           who and what is there at the start, and the tokens
    app.py            the app, as its manifest describes it
    people.py, channels.py, messages.py, files.py
    workspace.py      the state, and what may be done to it; no HTTP
    streams.py        answers written piece by piece
    sessions.py       what the assistant says of its threads, and what it is told of a person's screen
    views.py          modals and Home tabs
    text.py           how Slack stores what people type
    blocks.py         which blocks Slack refuses, and how it says so
    elements.py       what people put into blocks
    state.py          the file that keeps it all over a restart
    changes.py        what happened, for everybody who watches
    errors.py         how Slack says no

What the app hears
    events.py         the events that follow from a change
    interactions.py   clicks, commands, shortcuts, modals; responses.py: response_url
    delivery.py       sending, acks, repetitions, over a transport:
    socket_mode.py    connections and envelopes
    http_events.py    signed requests
    faults.py         what goes wrong on demand; fault_catalogue.py says what there is

What the app and people do
    web_api.py        arguments, tokens and errors of the Web API; the methods are in methods/
    rate_limits.py    how often each method may be called
    file_transfer.py  the bytes of files
    page_api.py       the routes of the web page in page/; page_view.py: what a person sees of the workspace,
                      page_actions.py: what they do there, activity.py: the calls its fault panel shows
    verbs.py          what tests and scripts do as people
    script.py         scenarios in TOML; steps.py: what they are made of; play.py and sight.py play them
    server.py         Sandbox: all of it on a port
"""

from bot.sandbox.app import App, Command, Shortcut
from bot.sandbox.faults import Faults
from bot.sandbox.server import Sandbox

__all__ = ["App", "Command", "Faults", "Sandbox", "Shortcut"]
