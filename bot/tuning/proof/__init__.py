"""Whether tuning helped: four arms answer the same held-out questions, and a table says what they are worth.

arms (how each is asked) -> asking (all of them, resumable) -> measures (one answer) -> intervals -> scorecard
(the table) -> advice and report (for people).
"""
