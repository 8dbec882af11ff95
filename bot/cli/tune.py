"""footnote tune data | train | export | evaluate | advise | activate | rollback | list: one module each."""

from __future__ import annotations

import click

from bot.cli.lazy import LazyGroup

MODULE_OF: dict[str, str] = {
    "data": "tune_data",
    "train": "tune_train",
    "export": "tune_export",
    "evaluate": "tune_evaluate",
    "advise": "tune_advise",
    "list": "tune_list",
    "activate": "tune_activate",
    "rollback": "tune_rollback",
}
"""Which module beside this one has a subcommand among its VERBS; in the order in which they are gone."""


@click.group(cls=LazyGroup, module_of=MODULE_OF)
def tune() -> None:
    """Tune the chat model on what your people approved, and prove that it helped before it serves.

    A model learns nothing from being used. Tuning teaches it HOW to answer: to cite, to decline, your words
    and your tone. WHAT is true today stays in the documents: a tuned model does not know what came after.

    \b
    The way, step by step; each goes on where it was stopped:
      footnote tune data NAME        gather rows: approved answers, documents, files
      footnote tune train NAME       make an adapter (a small file beside the model) of them
      footnote tune export RUN       put it into the form that the bot loads, and check it
      footnote tune evaluate RUN     measure it on held-out questions: base, tuned, with and without search
      footnote tune activate RUN     let it answer, where it is measurably better; first for a few
      footnote tune rollback         back to what answered before, at once

    docs/tuning.md has it from the beginning, for those who have never tuned a model.
    한국어 안내는 docs/tuning.ko.md에 있습니다.
    """


VERBS = (tune,)
