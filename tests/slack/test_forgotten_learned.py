"""Who forgets documents in Slack hears what was tuned on them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest

from bot.slack.commands.connectors import FORGET_ACTION
from bot.slack.home.desk_connectors import ACTION
from bot.store.corpus import document_id
from bot.tuning.activation.files import AdapterError
from bot.tuning.activation.learned import Learned, Learners
from bot.tuning.folders import TuningFolders
from tests.slack.cast import Answerer, Workspace, connected, said
from tests.slack.office import Office, open_office
from tests.slack.test_home_desk import ALEX_ID, opened, shown
from tests.tuning.activation.shop import write_run

LEAVE = document_id("docs", "휴가.md")


@pytest.fixture
async def office(tmp_path: Path, path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, path) as running:
        yield running


@pytest.fixture
def folders(tmp_path: Path) -> TuningFolders:
    """With a run that learned from 휴가, a dataset that only quotes it, and a run of something else."""
    folders = TuningFolders(tmp_path)
    write_run(folders, "june", documents={"train": [LEAVE]})
    write_run(folders, "exam", documents={"heldout": [LEAVE]})
    write_run(folders, "other", documents={"train": ["0" * 64]})
    return folders


def with_learners(office: Office, folders: TuningFolders) -> dict[str, Any]:
    learners = Learners(folders, office.database)
    return {"admin": office.admin, "learners": learners, "admins": (ALEX_ID,)}


async def forgotten(sandbox: Workspace, user: str, what: str) -> str:
    """What an admin is told who says /footnote forget, and confirms it."""
    place = sandbox.dm(user)
    await sandbox.command(user, place, "/footnote", f"forget {what}")
    (asked,) = await sandbox.wait_for(lambda: sandbox.ephemerals(user, place))
    await sandbox.click(user, place, asked["ts"], FORGET_ACTION)
    await sandbox.wait_for(lambda: FORGET_ACTION not in str(sandbox.ephemerals(user, place)[-1]["blocks"]))
    return said(sandbox.ephemerals(user, place)[-1])


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("jiwoo", (r"`june`.*지운 문서로 학습해서", "되돌리고", r"데이터 `exam`, `june`.*들어 있어요")),
        ("alex", ("Learned from it.*: `june`", "Roll back", "quotes it: `exam`, `june`")),
    ],
)
async def test_the_command_names_what_learned_from_a_document_and_what_to_do(
    sandbox: Workspace, path: Path, office: Office, folders: TuningFolders, user: str, words: tuple[str, ...]
) -> None:
    async with connected(sandbox, path, Answerer(), **with_learners(office, folders)):
        heard = await forgotten(sandbox, user, "docs/휴가.md")
    for pattern in words:
        assert re.search(pattern, heard), heard
    assert "`other`" not in heard
    assert office.holds() == 3


async def test_a_document_that_nothing_learned_from_is_forgotten_without_a_word_of_it(
    sandbox: Workspace, path: Path, office: Office, folders: TuningFolders
) -> None:
    async with connected(sandbox, path, Answerer(), **with_learners(office, folders)):
        heard = await forgotten(sandbox, "alex", "docs/급여.md")
    assert "Deleted the document" in heard
    assert "⚠️" not in heard


class Unreadable(Learners):
    """Over folders that cannot be read."""

    def of(self, document_ids: Collection[str]) -> Learned:
        raise AdapterError("tuning/runs cannot be read: I/O error.", mend="Mend the disk.")


async def test_that_it_cannot_be_told_is_said_and_undoes_nothing(
    sandbox: Workspace, path: Path, office: Office, folders: TuningFolders
) -> None:
    more = {**with_learners(office, folders), "learners": Unreadable(folders, office.database)}
    async with connected(sandbox, path, Answerer(), **more):
        heard = await forgotten(sandbox, "alex", "docs")
    assert "Deleted 4 documents" in heard
    assert "What was tuned on it cannot be told: tuning/runs cannot be read" in heard
    assert office.holds() == 0


async def test_the_home_tab_names_it_in_its_note(
    sandbox: Workspace, path: Path, office: Office, folders: TuningFolders
) -> None:
    async with connected(sandbox, path, Answerer(), **with_learners(office, folders)):
        await opened(sandbox, "alex")
        await sandbox.click_in_home("alex", ACTION + "forget")
        await sandbox.wait_for(lambda: "Learned from it: june." in shown(sandbox, "alex"))
        assert "4 documents forgotten" in shown(sandbox, "alex")
        assert "Data that quotes it: exam, june" in shown(sandbox, "alex")
