"""What admins see of runs and adapters, and what is read off the disk for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import NotFound
from bot.store.adapters import Adapters
from bot.store.corpus import Corpus
from bot.tuning.activation.files import AdapterError
from bot.tuning.activation.gate import GateRefused
from bot.tuning.activation.learned import learned_from
from bot.tuning.activation.runs import Stage, all_runs
from connectors.base import EVERYONE
from tests.store.cast import a_document
from tests.tuning.activation.shop import BASE, Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


def test_a_run_is_shown_at_each_of_its_steps_and_what_answers_stands_first(shop: Shop) -> None:
    for name, gone in (
        ("begun", ("result.json", "adapter.gguf", "scorecard.json")),
        ("trained", ("adapter.gguf", "scorecard.json")),
        ("exported", ("scorecard.json",)),
        ("measured", ()),
    ):
        run = shop.export(name)
        for file in gone:
            (run / file).unlink()
    (shop.folders.runs / "no-run").mkdir()
    shop.registry.activate("measured", who="terminal")
    found = all_runs(shop.registry)
    assert {run.name: run.stage for run in found} == {
        "begun": Stage.BEGUN,
        "trained": Stage.TRAINED,
        "exported": Stage.EXPORTED,
        "measured": Stage.MEASURED,
    }
    assert found[0].name == "measured"
    assert [run.name for run in found if run.is_active] == ["measured"]


def test_an_adapter_that_cannot_be_used_says_why(shop: Shop) -> None:
    shop.export("orphan")
    shutil.rmtree(shop.folders.dataset("orphan"))
    (run,) = all_runs(shop.registry)
    assert run.adapter is None
    assert "dataset orphan of the run is gone" in run.trouble
    shop.export("june")
    shop.registry.activate("june", who="terminal")
    shutil.rmtree(shop.folders.runs / "june")
    june = all_runs(shop.registry)[0]
    assert june.is_active
    assert june.adapter is not None
    assert "adapter.gguf is gone" in june.adapter.trouble


def test_a_dataset_is_found_where_it_lay_or_by_its_name_once_it_was_moved_home(
    shop: Shop, tmp_path: Path
) -> None:
    for name, is_home in (("june", False), ("may", True)):
        run, elsewhere = shop.export(name), tmp_path / f"{name} elsewhere"
        config = json.loads((run / "config.json").read_text()) | {"dataset_path": str(elsewhere)}
        (run / "config.json").write_text(json.dumps(config))
        if not is_home:
            shop.folders.dataset(name).rename(elsewhere)
        shop.registry.activate(name, who="terminal")


def test_a_scorecard_that_is_cut_short_shuts_the_gate_and_hides_nothing_else(shop: Shop) -> None:
    run = shop.export("june")
    shop.export("may")
    (run / "scorecard.json").write_text('{"gains": ')
    status = {one.adapter.name: one for one in shop.registry.statuses()}
    assert not status["june"].may_be_activated
    assert "cannot be read" in status["june"].trouble
    assert status["may"].may_be_activated
    with pytest.raises(AdapterError, match="cannot be read"):
        shop.registry.activate("june", who="terminal")


def test_what_was_replaced_without_a_trace_is_still_found_out_when_it_is_activated(shop: Shop) -> None:
    run = shop.export("june")
    assert shop.registry.get("june").may_be_activated
    file = run / "adapter.gguf"
    before = file.stat()
    shop.registry.activate("june", who="terminal", share=0.1)
    with file.open("r+b") as opened:  # as long, as old and the same inode
        opened.write(b"W")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(AdapterError, match="another file"):
        shop.registry.activate("june", who="terminal")


def test_an_adapter_is_for_the_file_that_it_was_exported_for(shop: Shop) -> None:
    """Training had a folder of transformers, and a GGUF file serves."""
    for name in ("june", "july"):
        run = shop.export(name)
        config = json.loads((run / "config.json").read_text()) | {"base_sha256": "f" * 64}
        (run / "config.json").write_text(json.dumps(config))
        if name == "june":
            (run / "export.json").write_text(json.dumps({"base": "served.gguf", "base_sha256": BASE}))
    status = shop.registry.get("june")
    assert status.adapter.base_sha256 == BASE
    assert status.may_be_activated
    (refusal,) = shop.registry.get("july").refusals
    assert "another base model" in refusal.why


def test_one_without_enough_questions_or_without_a_gain_is_refused_with_every_rule(shop: Shop) -> None:
    shop.export("small", n=19)
    shop.export("same", is_better=False)
    for name, rules in (("small", ("few",)), ("same", ("gain",))):
        with pytest.raises(GateRefused) as refused:
            shop.registry.activate(name, who="terminal")
        assert refused.value.rules == rules


def test_documents_that_changed_are_gone_or_are_for_fewer_people_make_an_adapter_stale(shop: Shop) -> None:
    corpus = Corpus(shop.database)
    same, changed, narrowed = (
        a_document(f"{name}.md", "x", readers=frozenset({EVERYONE}))
        for name in ("same", "changed", "narrowed")
    )
    for document in (same, changed, narrowed):
        corpus.put(document)
    ids = [document.id for document in (same, changed, narrowed)]
    versions = {each.id: each.version for each in (same, changed, narrowed)} | {"f" * 64: "1"}
    shop.export("june", documents={"train": [*ids, "f" * 64], "heldout": ["0" * 64]}, versions=versions)
    assert shop.registry.get("june").staleness.documents == 1
    corpus.put(a_document("changed.md", "y", version="2", readers=frozenset({EVERYONE})))
    corpus.set_readers(narrowed.connector, "narrowed.md", frozenset({"user:T1/U1"}))
    stale = shop.registry.get("june").staleness
    assert (stale.changed, stale.gone, stale.narrowed) == (1, 1, 1)


def test_what_had_no_version_was_not_in_the_index_and_makes_nothing_stale(shop: Shop) -> None:
    document = a_document("a.md", "x", readers=frozenset({EVERYONE}))
    Corpus(shop.database).put(document)
    shop.export("june", documents={"train": [document.id, "a row of faq.csv"]})
    assert shop.registry.get("june").staleness.documents == 0
    Corpus(shop.database).remove(document.connector, ["a.md"])
    assert shop.registry.get("june").staleness.documents == 0
    assert Adapters(shop.database).gone() == {}


def test_what_was_made_from_a_document_is_named_though_it_was_never_exported(shop: Shop) -> None:
    begun = shop.export("begun", documents={"train": ["d1"], "validation": [], "heldout": ["d2"]})
    (begun / "adapter.gguf").unlink()
    shop.export("other", documents={"train": ["d3"]})
    adapters = Adapters(shop.database)
    assert learned_from(["d1"], shop.folders, adapters).runs == ("begun",)
    heldout = learned_from(["d2"], shop.folders, adapters)
    assert (heldout.datasets, heldout.runs) == (("begun",), ())
    assert learned_from(["d9"], shop.folders, adapters).runs == ()
    (shop.folders.dataset("other") / "manifest.json").write_text("{")
    unknown = learned_from(["d9"], shop.folders, adapters)
    assert (unknown.datasets, unknown.runs) == (("other",), ("other",))


def test_an_adapter_whose_files_were_deleted_is_still_named(shop: Shop) -> None:
    shop.export("june", documents={"train": ["d1"]}, versions={"d1": "1"})
    assert shop.registry.get("june").staleness.gone == 1
    shutil.rmtree(shop.folders.runs / "june")
    shutil.rmtree(shop.folders.dataset("june"))
    assert learned_from(["d1"], shop.folders, Adapters(shop.database)).runs == ("june",)


@pytest.mark.parametrize("name", ["../june", "", "a/b", "없는것"])
def test_a_name_that_is_no_run_leads_nowhere(shop: Shop, name: str) -> None:
    with pytest.raises(NotFound):
        shop.registry.get(name)
