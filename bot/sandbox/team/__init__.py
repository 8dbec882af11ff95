"""What is in the workspace, and what may be done to it. No HTTP here.

cast.py           who and what is there at the start, and the tokens
app.py            the app, as its manifest describes it
workspace.py      people, channels and messages; what is done is told to watchers as a change (changes.py)
people.py, channels.py, messages.py, files.py
streams.py        answers written piece by piece
sessions.py       what the assistant says of its threads, and what it is told of a person's screen
views.py          modals and Home tabs
text.py           how Slack stores what people type
blocks.py         which blocks Slack refuses, and how it says so
elements.py       what people put into blocks
"""
