"""Whether tuning helped: four arms answer the same held-out questions, and a table says what they are worth.

arms (how each is asked) -> asking (all of them, resumable) -> measures (one answer) -> intervals -> scorecard
(the table) -> advice and report (for people). fixed: tasks besides, general (does it still know what it
knew?) and injected (does it follow orders in documents?).
"""
