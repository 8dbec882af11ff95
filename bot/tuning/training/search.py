"""Looking for better settings within a time budget, before the run itself.

Optuna's TPE proposes, a short training judges by its validation loss, and what is worse than the median of
the others at the same place is given up (Akiba et al. 2019, arXiv:1907.10902). Trials are kept in the run's
folder: a search that was killed goes on, with what is left of its time.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.tuning.training import methods
from bot.tuning.training.loop import Diverged
from bot.tuning.training.runs import Run
from bot.tuning.training.settings import Method, TrainingSettings

if TYPE_CHECKING:
    from bot.tuning.training.session import Prepared

_SPREAD = 5.0
"""The learning rate is looked for from a fifth of the method's own to five times as much."""


def search(
    run: Run, model: Any, prepared: Prepared, pause: Path | None
) -> Generator[dict[str, Any], None, tuple[Any, TrainingSettings]]:
    """The model, as it came, and the settings of the best trial (the given ones, if none was better).

    A generator: yields what it does, returns (model, settings).
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    given = prepared.settings
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder = run.path / "search"
    folder.mkdir(exist_ok=True)
    study = optuna.create_study(
        study_name=run.name,
        storage=JournalStorage(JournalFileBackend(str(folder / "journal.log"))),
        sampler=optuna.samplers.TPESampler(seed=given.seed, n_startup_trials=4),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
        load_if_exists=True,
    )
    if not study.trials:
        study.enqueue_trial(_own(given))  # the given settings are one of those compared
    budget = given.search_minutes * 60
    spent = sum(trial.user_attrs.get("seconds", 0.0) for trial in study.trials)
    is_done = (run.path / "search.json").is_file()
    while not is_done and spent < budget and _tried(study) < given.search_trials:
        trial = study.ask()
        settings = _proposed(trial, given)
        model, outcome = yield from _try(model, settings, prepared, trial, budget - spent, pause)
        spent += outcome["seconds"]
        trial.set_user_attr("seconds", outcome["seconds"])
        state = optuna.trial.TrialState[outcome["state"]]
        study.tell(trial, outcome["loss"] if outcome["state"] == "COMPLETE" else None, state=state)
    best = _best(study, given)
    trials = [
        {"number": one.number, "state": one.state.name, "loss": one.value, **one.params}
        for one in study.trials
    ]
    run.write_json("search.json", {"seconds": round(spent, 1), "settings": best.as_json(), "trials": trials})
    return model, best


def _tried(study: Any) -> int:
    """Trials that came to an end: not those that wait, nor one that was killed."""
    return sum(trial.state.is_finished() for trial in study.trials)


def _own(given: TrainingSettings) -> dict[str, Any]:
    if given.method is Method.FULL:
        return {"learning_rate": given.rate}
    if given.method is Method.PROMPT:
        return {"learning_rate": given.rate, "virtual_tokens": given.virtual_tokens}
    return {"learning_rate": given.rate, "rank": given.rank, "dropout": given.dropout}


def _proposed(trial: Any, given: TrainingSettings) -> TrainingSettings:
    rate = trial.suggest_float("learning_rate", given.rate / _SPREAD, given.rate * _SPREAD, log=True)
    found: dict[str, Any] = {"learning_rate": rate}
    if given.method is Method.PROMPT:
        choices = sorted({8, 20, 50, given.virtual_tokens})
        found["virtual_tokens"] = trial.suggest_categorical("virtual_tokens", choices)
    elif given.method is not Method.FULL:
        rank = trial.suggest_categorical("rank", sorted({8, 16, 32, given.rank}))
        found |= {"rank": rank, "alpha": max(1, rank * given.alpha // given.rank)}
        found["dropout"] = trial.suggest_categorical("dropout", sorted({0.0, 0.05, 0.1, given.dropout}))
    return dataclasses.replace(given, **found)


def _try(
    model: Any, settings: TrainingSettings, prepared: Prepared, trial: Any, left: float, pause: Path | None
) -> Generator[dict[str, Any], None, tuple[Any, dict[str, Any]]]:
    """One pass over the rows; returns the base model and what came of it."""
    from bot.tuning.training.session import loop_of

    started = time.monotonic()
    short = dataclasses.replace(
        settings, epochs=1, evaluations=max(3, settings.evaluations), max_minutes=max(left, 1.0) / 60
    )
    model = methods.prepare(model, short)
    loop = loop_of(model, short, prepared, pause)
    state = "COMPLETE"
    looks = 0
    try:
        for step in loop.run():
            if step is None:
                yield {"doing": "paused"}
                continue
            yield {"doing": "searching", "trial": trial.number, "step": step.step, "steps": step.steps,
                   "loss": step.loss, "validation_loss": step.validation_loss}  # fmt: skip
            if step.validation_loss is not None:
                looks += 1
                trial.report(step.validation_loss, looks)
                if trial.should_prune():
                    state = "PRUNED"
                    break
        if loop.state.stopped == "time":  # cut short: not to be compared with the others
            state = "PRUNED"
    except Diverged:
        state = "FAIL"
    seconds = time.monotonic() - started
    if settings.method is Method.FULL:
        model = methods.begin(prepared.base, settings, prepared.device)
    else:
        model = methods.without(model, settings)
    return model, {"state": state, "loss": loop.state.best, "seconds": seconds}


def _best(study: Any, given: TrainingSettings) -> TrainingSettings:
    complete = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    if not complete:
        return given
    params = dict(study.best_params)
    if "rank" in params:
        params["alpha"] = max(1, params["rank"] * given.alpha // given.rank)
    return dataclasses.replace(given, **params)
