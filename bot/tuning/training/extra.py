"""The libraries of the extra `tune`: heavy, and only here when somebody tunes."""

from __future__ import annotations

import importlib.util

from bot.errors import TuningError

LIBRARIES = ("torch", "transformers", "peft")
SEARCHING = "optuna"
PLOTTING = "matplotlib"


def require(*libraries: str) -> None:
    """Raises TuningError where one of them is not installed; imports none of them."""
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise TuningError(
            f"Tuning needs what a plain install leaves out: {', '.join(missing)}.",
            mend='Install it into the same environment: pip install "footnote[tune]"',
        )


def is_here(library: str) -> bool:
    """Whether it is installed; does not import it."""
    return importlib.util.find_spec(library) is not None
