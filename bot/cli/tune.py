"""footnote tune data | train | export | evaluate | advise | activate | rollback | list: one module each."""

from __future__ import annotations

import importlib

import click

MODULE_OF: dict[str, str] = {
    "train": "tune_train",
    "evaluate": "tune_evaluate",
    "advise": "tune_advise",
    "list": "tune_list",
    "activate": "tune_activate",
    "rollback": "tune_rollback",
}
"""Which module beside this one has a subcommand, as COMMAND; in the order in which they are gone."""


class _Steps(click.Group):
    """Finds the steps in their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(MODULE_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in MODULE_OF:
            return None
        command: click.Command = importlib.import_module(f"bot.cli.{MODULE_OF[cmd_name]}").COMMAND
        return command


@click.group(cls=_Steps)
def tune() -> None:
    """Tune the chat model on what your people approved, and prove that it helped before it serves.

    A model learns nothing from being used. Tuning teaches it HOW to answer: to cite, to decline, your words
    and your tone. WHAT is true today stays in the documents: a tuned model does not know what came after.

    \b
    The way, step by step; each goes on where it was stopped:
      footnote tune data NAME        gather rows: approved answers, documents, files (not built yet)
      footnote tune train NAME       make an adapter (a small file beside the model) of them
      footnote tune export RUN       put it into the form that the bot loads, and check it (not built yet)
      footnote tune evaluate RUN     measure it on held-out questions: base, tuned, with and without search
      footnote tune activate RUN     let it answer, where it is measurably better; first for a few
      footnote tune rollback         back to what answered before, at once

    docs/tuning.md has it from the beginning, for those who have never tuned a model.
    한국어 안내는 docs/tuning.ko.md에 있습니다.
    """


VERBS = (tune,)
