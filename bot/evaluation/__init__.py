"""Scorecards: how well Footnote finds and answers, on questions whose answers are known."""
