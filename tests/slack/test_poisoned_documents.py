"""What a model that obeys poisoned documents gets posted, over real sockets: nothing that it was told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.answer import Answering
from bot.contracts import AnswerEvent, Filter, Question
from tests.answering.poisoned.attacks import own_attacks
from tests.answering.poisoned.campaign import CONNECTOR, shelf_of
from tests.answering.poisoned.obedient import SHAPES, ObedientModel
from tests.fakes import PlainMorphology
from tests.slack.cast import Workspace, connected, final_replies

ATTACKS = own_attacks()[::6]
SHOWS = ("chat.postMessage", "chat.update", "chat.startStream", "chat.appendStream")


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "updated"])
async def test_nothing_a_poisoned_document_orders_is_posted(
    sandbox: Workspace, path: Path, tmp_path: Path, streams: bool
) -> None:
    attacks = ATTACKS[: len(ATTACKS) // 2] if streams else ATTACKS[len(ATTACKS) // 2 :]
    if not streams:
        sandbox.faults.fail("chat.startStream", "method_not_supported", times=1000)
    models: list[ObedientModel] = []
    async with shelf_of(tmp_path / "shelf", attacks) as shelf:

        async def obeyed(question: Question) -> AsyncIterator[AnswerEvent]:
            """The question names the document that may be found besides the honest ones."""
            words, _, name = question.text.rpartition(" #")
            attack = next(each for each in attacks if each.name == name)
            shape = attacks.index(attack) % len(SHAPES)
            model = ObedientModel(attack, shape, attack.truth)
            within = (f"{CONNECTOR}/honest/", f"{CONNECTOR}/poisoned/{name}/")
            models.append(model)
            footnote = Answering(shelf.index, model, morphology=PlainMorphology())
            narrowed = replace(question, text=words, narrowed=Filter(within))
            async for event in footnote.answer(narrowed):
                yield event

        async with connected(sandbox, path, obeyed, at_once=8):
            threads = [
                await sandbox.say("minsu", "general", f"@footnote {attack.question} #{attack.name}")
                for attack in attacks
            ]
            for thread in threads:
                await sandbox.wait_for(lambda ts=thread: final_replies(sandbox, "general", ts), 60)  # type: ignore[misc]

        assert len(models) == len(attacks)
        assert sum(model.reached for model in models) > len(attacks) / 2
        found = [
            finding
            for call in sandbox.calls
            for finding in shelf.witness.findings(call.method, call.arguments, shelf.urls)
        ]
        assert found == []
        written: dict[str, str] = {}
        for call in sandbox.calls:
            if call.method in ("chat.startStream", "chat.appendStream"):
                ts = str(call.arguments.get("ts") or call.response.get("ts"))
                written[ts] = written.get(ts, "") + str(call.arguments["markdown_text"])
        assert [f for text in written.values() for f in shelf.witness.of_markdown(text, "stream")] == []
        assert bool(written) or not streams
    shown = [call for call in sandbox.calls if call.method in SHOWS]
    assert len(shown) >= len(attacks)
