"""Footnote: answers from a company's own documents, in Slack, with the sources shown."""

from bot.version import __version__

__all__ = ["__version__"]
