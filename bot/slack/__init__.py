"""The Slack edge: events in through a durable inbox, answers out through a durable outbox.

manifest.json   the app as Slack creates it
bot.py          SlackBot: connects, and composes what follows
transport.py    the seam between the two ways in, and what both acknowledge
socket_mode.py  ... over connections that the bot opens
http_events.py  ... over signed requests that Slack makes
inbox.py        is an event for us? then it is written down before it is acked
reading.py      what somebody wrote in Slack -> plain text
people/         who somebody is and who reads along, asked of Slack and remembered for a minute
worker.py       waiting questions -> answers, in order
live.py         an answer shown while it is written
delivery.py     final replies -> Slack, exactly once
calls.py        which refusals of Slack pass by themselves
commands/       /footnote
feedback.py     the buttons below an answer, and the modal that asks why it did not help
prompts.py      what somebody who opens the bot is offered to ask
safe_markdown.py, render.py, texts/   what people see
"""
