"""Scenarios in TOML: script.py reads them, steps.py knows their steps, play.py plays, sight.py looks."""
