"""From an exported run to an adapter that answers, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.contracts import Sampling
from bot.errors import NotFound
from bot.store.adapters import Adapters
from bot.store.audit import Audit
from bot.tuning.activation.files import AdapterError
from bot.tuning.activation.gate import GateRefused
from bot.tuning.activation.serving import WithAdapter
from tests.tuning.activation.shop import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


async def test_an_adapter_is_activated_and_rolled_back_and_both_are_kept(shop: Shop) -> None:
    shop.export("june")
    assert await shop.answering() == ""
    shop.registry.activate("june", who="terminal")
    assert await shop.answering() == "june"
    shop.registry.roll_back(who="terminal", why="tone")
    assert await shop.answering() == ""
    assert shop.host.adapters == {}
    assert [event.what for event in shop.registry.history()] == ["activated", "rolled back"]
    assert [entry.what for entry in Audit(shop.database).list()] == ["roll back adapter", "activate adapter"]
    with pytest.raises(NotFound, match="No adapter answers now"):
        shop.registry.roll_back(who="terminal")


async def test_one_that_is_not_proven_is_refused_and_nothing_is_changed(shop: Shop) -> None:
    shop.export("worse", is_better=False)
    run = shop.export("unmeasured")
    (run / "scorecard.json").unlink()
    for name, said in (("worse", "not measurably better"), ("unmeasured", "not measured yet")):
        with pytest.raises(GateRefused, match=said):
            shop.registry.activate(name, who="terminal")
    with pytest.raises(NotFound):
        shop.registry.activate("../june", who="terminal")
    assert shop.registry.history() == []


@pytest.mark.parametrize(
    ("channel", "share"), [("general", 1.0), ("C0123456789", 0.5), ("", 0.0), ("", 1.5), ("", float("nan"))]
)
async def test_a_scope_that_makes_no_sense_is_refused(shop: Shop, channel: str, share: float) -> None:
    shop.export("june")
    with pytest.raises(AdapterError):
        shop.registry.activate("june", who="terminal", channel=channel, share=share)


async def test_a_file_that_was_changed_after_it_was_activated_answers_nobody(shop: Shop) -> None:
    run = shop.export("june")
    shop.registry.activate("june", who="terminal")
    (run / "adapter.gguf").write_text("other weights")
    assert await shop.answering() == ""
    with pytest.raises(AdapterError, match="another file"):
        shop.registry.activate("june", who="terminal")


async def test_a_dataset_that_was_changed_does_not_say_any_more_who_may_be_answered(shop: Shop) -> None:
    shop.export("june", readers=["channel:T1/C1"])
    (shop.folders.dataset("june") / "manifest.json").write_text('{"name": "june", "readers": null}')
    with pytest.raises(AdapterError, match="not any more what was trained on"):
        shop.registry.activate("june", who="terminal")


async def test_an_adapter_that_the_model_cannot_load_leaves_the_model_without(shop: Shop) -> None:
    shop.export("june")
    shop.registry.activate("june", who="terminal")
    shop.host.is_unfit = True
    assert await shop.answering() == ""


async def test_an_answer_whose_adapter_was_dropped_meanwhile_is_made_without_it(shop: Shop) -> None:
    model = WithAdapter(shop.host, "june")
    assert [piece async for piece in model.stream([], Sampling())] == ["base"]
    assert model.adapter == ""


async def test_one_that_declines_more_than_the_base_is_rolled_back_by_itself_and_admins_hear(
    shop: Shop,
) -> None:
    shop.export("june")
    for number in range(200):
        shop.answer("", shop.clock.now - 1000 + number, found=number % 10 > 0)
    shop.registry.activate("june", who="terminal")
    for number in range(60):
        shop.answer("june", shop.clock.now + number, found=number % 10 == 0)
    assert await shop.answering() == ""
    assert shop.registry.history()[-1].who == "watch"
    assert "declined 90% of 60 answers, base 10% of 200" in shop.registry.history()[-1].why
    rows = shop.database.rows("SELECT connector, kind FROM notices")
    assert [tuple(row) for row in rows] == [("june", "adapter_rolled_back")]


async def test_documents_that_are_gone_are_counted_and_told_once(shop: Shop) -> None:
    shop.export("june", documents={"train": ["d1"], "heldout": ["d2"]}, versions={"d1": "1", "d2": "1"})
    (status,) = shop.registry.statuses()
    assert (status.staleness.gone, status.staleness.documents) == (1, 1)
    assert Adapters(shop.database).trained_on(["d1", "d2"]) == ["june"]
    await shop.serving.follow()
    await shop.serving.follow()
    rows = shop.database.rows("SELECT connector, kind FROM notices")
    assert [tuple(row) for row in rows] == [("june", "adapter_learned")]
