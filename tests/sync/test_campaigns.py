"""Many syncs of a source that fails in every way: nothing wrongly deleted, nothing lost at the end.

FOOTNOTE_CAMPAIGN says how many syncs (500 in bench/results.md); a few here.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.sync.flaky import Campaign, Flaky, contents
from tests.sync.flaky_http import Bucket

SYNCS = int(os.environ.get("FOOTNOTE_CAMPAIGN", "25"))
LONG = pytest.mark.timeout(300 + 20 * SYNCS)


@LONG
@pytest.mark.parametrize("gives_changes", [True, False], ids=["changes", "whole listings"])
async def test_a_flaky_source_loses_nothing(tmp_path: Path, *, gives_changes: bool) -> None:
    chance = random.Random(f"{SYNCS} {gives_changes}")
    source = Flaky(gives_changes=gives_changes, random=chance)
    campaign = Campaign(
        tmp_path, source, source.texts, source.write, source.delete, source.prepare, source.mend, chance
    )
    await campaign.run(SYNCS)
    print(f"{SYNCS} syncs: {campaign.outcomes}, {len(campaign.wrong)} wrong deletions")
    assert campaign.wrong == []
    assert campaign.outcomes["failed"]
    await campaign.clean()
    assert {row[0] for row in contents(tmp_path / "clean.db")} == source.texts.keys()
    assert contents(tmp_path / "campaign.db") == contents(tmp_path / "clean.db")


@LONG
async def test_a_flaky_bucket_over_http_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(SYNCS)
    with Bucket.serving(chance) as bucket:
        campaign = Campaign(
            tmp_path,
            bucket.connector,
            bucket.texts,
            bucket.write,
            bucket.delete,
            bucket.prepare,
            bucket.mend,
            chance,
        )
        await campaign.run(max(6, SYNCS // 5))
        print(f"{max(6, SYNCS // 5)} syncs: {campaign.outcomes}, {len(campaign.wrong)} wrong deletions")
        assert campaign.wrong == []
        await campaign.clean()
        assert {row[0] for row in contents(tmp_path / "clean.db")} == bucket.texts.keys()
        assert contents(tmp_path / "campaign.db") == contents(tmp_path / "clean.db")
