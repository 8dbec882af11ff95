"""What the app hears.

events.py         the events that follow from a change
interactions.py   clicks, commands, shortcuts, modals
responses.py      response_url: where the app may answer them
delivery.py       sending, acks and repetitions, over one of two transports:
socket_mode.py    connections and envelopes
http_events.py    signed requests
"""
