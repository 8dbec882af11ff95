"""The command line, run as people run it: a process, its output, its exit status."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from bot.cli import MODULE_OF, footnote
from bot.store.channels import Channels, Speaks
from bot.store.database import Database
from bot.tuning.folders import TuningFolders
from tests.cli.conftest import Run
from tests.tuning.activation.shop import write_run


def test_sync_search_and_status_work_without_any_model(run: Run) -> None:
    synced = run("sync", "--json")
    assert synced.returncode == 0, synced.stderr
    (report,) = json.loads(synced.stdout)
    counts = ("added", "changed", "removed", "skipped", "failed")
    assert report["connector"] == "docs"
    assert [report[key] for key in counts] == [2, 0, 0, 0, 0]
    assert report["seconds"] >= 0

    (again,) = json.loads(run("sync", "docs", "--json").stdout)
    assert (again["added"], again["skipped"]) == (0, 2)

    found = json.loads(run("search", "연차 이월", "--json", "--limit", "3").stdout)
    assert set(found[0]) == {"rank", "score", "document_id", "title", "url", "section", "text"}
    assert found[0]["title"] == "휴가"
    assert "3월 31일" in found[0]["text"]

    status = json.loads(run("status", "--json").stdout)
    assert status["connectors"][0]["documents"] == 2


def test_a_search_and_the_status_know_document_sets(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[sets]\nlunches = ["docs/lunch"]\nnone = ["docs/x/"]\n'
        '[connectors.docs]\nkind = "folder"\npath = "docs"\n'
    )
    run("sync")

    def titles(*options: str) -> set[str]:
        found = json.loads(run("search", "연차 lunch", "--json", *options).stdout)
        return {each["title"] for each in found}

    assert titles() == {"Lunch", "휴가"}
    assert titles("--set", "lunches") == {"Lunch"}
    assert titles("--set", "none") == set()
    assert titles("--set", "lunches", "--connector", "docs/휴가") == {"Lunch", "휴가"}

    sets = json.loads(run("status", "--json").stdout)["sets"]
    assert sets == [
        {"name": "lunches", "within": ["docs/lunch"], "documents": 1},
        {"name": "none", "within": ["docs/x/"], "documents": 0},
    ]
    assert "lunches" in run("status").stdout

    findings = json.loads(run("doctor", "--offline", "--json").stdout)
    (empty,) = [finding for finding in findings if finding["subject"].startswith("set ")]
    assert (empty["subject"], empty["verdict"]) == ("set none", "warning")
    assert "docs/x/" in empty["message"]


def test_a_forgotten_document_is_gone_at_once_and_stays_away_until_it_is_allowed(
    run: Run, tmp_path: Path
) -> None:
    run("sync")
    (lunch,) = json.loads(run("search", "lunch", "--json", "--limit", "1").stdout)
    write_run(TuningFolders(tmp_path / "data"), "june", documents={"train": [lunch["document_id"]]})
    refused = run("forget", lunch["document_id"])
    assert refused.returncode == 130  # nobody there to say yes

    removed = json.loads(run("forget", lunch["document_id"], "--yes", "--json").stdout)
    assert removed["documents"] == 1
    assert removed["learned"] == {"datasets": ["june"], "runs": ["june"]}
    (report,) = json.loads(run("sync", "--json").stdout)
    assert (report["added"], report["skipped"]) == (0, 1)

    (forgotten,) = json.loads(run("forget", "--list", "docs", "--json").stdout)
    assert run("forget", "--undo", f"docs/{forgotten}").returncode == 0
    (report,) = json.loads(run("sync", "--json").stdout)
    assert (report["added"], report["skipped"]) == (1, 1)


def test_what_cannot_be_forgotten_says_where_to_look(run: Run) -> None:
    assert "footnote status" in run("forget", "nowhere/a.md", "--yes").stderr
    assert "search --json" in run("forget", "0" * 64, "--yes").stderr
    assert "was not forgotten" in run("forget", "--undo", "docs/a.md").stderr
    assert run("forget", "--undo", "docs").returncode == 2


def test_the_status_knows_which_channels_were_set_in_slack(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("status", "--json").stdout)["channels"] == []
    database = Database(tmp_path / "data" / "footnote.db")
    Channels(database, lambda: 0.0).change("T1", "C1", Speaks.SURE, who="user:T1/U1")
    database.close()
    (channel,) = json.loads(run("status", "--json").stdout)["channels"]
    assert (channel["team"], channel["channel"], channel["speaks"]) == ("T1", "C1", "sure")
    assert "C1" in run("status").stdout


def test_a_search_explains_itself_as_json(run: Run) -> None:
    run("sync")
    said = json.loads(run("search", "연차 이월", "--explain", "--json").stdout)
    assert "이월" in said["terms"]
    assert (said["documents"], said["allowed_documents"], said["readers"]) == (2, 2, ["everyone"])
    assert set(said["milliseconds"]) == {"words", "embedding", "ranking"}
    first = said["results"][0]
    assert (first["rank"], first["title"], first["connector"]) == (1, "휴가", "docs")
    assert first["words"][0]["reading"] == "as asked"
    assert first["words"][0]["rank"] == 1
    assert 0 < first["words"][0]["coverage"] <= 1
    assert first["cosine"] is None
    assert "이월" in first["matched"]

    elsewhere = json.loads(run("search", "연차", "--explain", "--json", "--connector", "docs/lunch").stdout)
    assert elsewhere["allowed_documents"] == 1
    assert elsewhere["within"] == ["docs/lunch"]
    assert "휴가" not in [each["title"] for each in elsewhere["results"]]


def test_an_explanation_says_what_its_figures_mean_in_110_columns(run: Run) -> None:
    run("sync")
    said = run("search", "연차 이월", "--explain")
    assert said.returncode == 0, said.stderr
    for words in ("looked for", "2 of 2 documents", "휴가", "BM25", "score: words + meaning", "no vector"):
        assert words in said.stdout
    assert max(cell_len(line) for line in said.stdout.splitlines()) <= 110


def test_ask_without_a_model_says_how_to_get_one(run: Run) -> None:
    run("sync")
    asked = run("ask", "When is lunch?")
    assert asked.returncode == 1
    assert "footnote models pull" in asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("sync", "nowhere"), 1, "docs"),
        (("trace", "nothing"), 1, "no answer"),
        (("models", "pull", "gpt-9"), 1, "footnote models list"),
        (("run",), 1, "SLACK_BOT_TOKEN"),
        (("--config", "other.toml", "status"), 1, "other.toml"),
        (("search",), 2, "QUESTION"),
        (("search", "lunch", "--set", "none"), 1, "no document set 'none'"),
        (("ask", "lunch", "--set", "none"), 1, "no document set 'none'"),
        (("ask", "lunch", "--since", "soon"), 2, "--since"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_wrong_use_is_one_clear_line_and_an_exit_status(
    run: Run, arguments: tuple[str, ...], status: int, said: str
) -> None:
    result = run(*arguments)
    assert result.returncode == status
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_dry_run_tells_what_would_happen_and_does_nothing(run: Run, tmp_path: Path) -> None:
    (first,) = json.loads(run("sync", "docs", "--dry-run", "--json").stdout)
    assert (sorted(first["added"]), first["unchanged"]) == (["lunch.md", "휴가.md"], 0)
    assert json.loads(run("status", "--json").stdout)["connectors"][0]["documents"] == 0
    run("sync", "--no-embed")
    (tmp_path / "docs" / "lunch.md").unlink()
    (tmp_path / "docs" / "휴가.md").write_text("# 휴가\n\n연차는 이월할 수 없습니다.", encoding="utf-8")
    shown = run("sync", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "docs: remove lunch.md" in shown.stdout
    assert "docs: change 휴가.md" in shown.stdout
    assert json.loads(run("status", "--json").stdout)["connectors"][0]["documents"] == 2


def test_a_source_that_cannot_be_listed_fails_its_dry_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").rename(tmp_path / "elsewhere")
    shown = run("sync", "--dry-run")
    assert shown.returncode == 1
    assert "not a readable folder" in shown.stderr


def test_the_schedule_shows_what_was_and_what_comes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[connectors.docs]\nkind = "folder"\npath = "docs"\nschedule = "0 2 * * *"\n'
        'timezone = "Europe/Berlin"\n[connectors.more]\nkind = "folder"\npath = "more"\n'
    )
    run("sync", "--no-embed")
    docs, more = json.loads(run("schedule", "--json", "--runs", "5").stdout)
    assert (docs["connector"], docs["schedule"], docs["timezone"]) == ("docs", "0 2 * * *", "Europe/Berlin")
    assert docs["result"].startswith("2 added in ")
    assert (docs["is_paused"], docs["failures"], len(docs["next_runs"])) == (False, 0, 5)
    assert all("T02:00:" in when for when in docs["next_runs"])
    assert (more["failures"], "not a readable folder" in more["result"]) == (1, True)
    shown = run("schedule").stdout
    assert "0 2 * * * (Europe/Berlin)" in shown
    assert "2 added in" in shown


def test_a_schedule_that_cannot_be_read_names_the_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[connectors.docs]\nkind = "folder"\npath = "docs"\nschedule = "now and then"\n'
    )
    result = run("schedule")
    assert result.returncode == 1
    assert "config.toml, line 1" in result.stderr
    assert "every 15 minutes" in result.stderr


def test_doctor_finds_what_is_missing_and_says_what_to_do(run: Run) -> None:
    result = run("doctor", "--offline", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(result.stdout)}
    assert findings["chat model"]["verdict"] == "error"
    assert "models pull" in findings["chat model"]["mend"]
    assert findings["connector docs"]["verdict"] == "ok"
    assert findings["documents"]["mend"] == "Run: footnote sync"
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("text", "verdict", "message", "mend"),
    [
        ("연차, annual leave\n쿼리파이 -> QueryPie\n", "ok", "2 groups", ""),
        ("연차, annual leave\n재택\n", "error", "words.txt, line 2", "at least two names"),
        ("# nothing yet\n", "warning", "no group", "one a line"),
        (None, "error", "no file of synonyms", "config.toml"),
    ],
)
def test_doctor_reads_the_synonyms_and_names_the_line(
    run: Run, tmp_path: Path, text: str | None, verdict: str, message: str, mend: str
) -> None:
    (tmp_path / "config.toml").write_text('[search]\nsynonyms = "words.txt"\n')
    if text is not None:
        (tmp_path / "words.txt").write_text(text, encoding="utf-8")
    findings = json.loads(run("doctor", "--offline", "--json").stdout)
    (found,) = [finding for finding in findings if finding["subject"] == "synonyms"]
    assert found["verdict"] == verdict
    assert message in found["message"]
    assert mend in found["mend"]


def test_a_sandbox_on_a_port_in_use_says_so(run: Run) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("sandbox", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "--port" in result.stderr


def test_the_manifest_is_json_with_every_scope_the_bot_uses(run: Run) -> None:
    manifest = json.loads(run("manifest").stdout)
    assert {"chat:write", "app_mentions:read", "commands"} <= set(manifest["oauth_config"]["scopes"]["bot"])


def every_command(group: click.Group, path: str = "footnote") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((f"{path} {name}", command))
        if isinstance(command, click.Group):
            found += every_command(command, f"{path} {name}")
    return found


def test_every_verb_explains_itself_and_stands_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for path, command in every_command(footnote):
        assert command.help, f"{path} has no help"
        assert path.split()[-1] in readme, f"{path} is not in README.md"


def test_no_verb_of_a_module_is_forgotten() -> None:
    for name in set(MODULE_OF.values()):
        verbs = {verb.name for verb in importlib.import_module(f"bot.cli.{name}").VERBS}
        assert verbs == {verb for verb, module in MODULE_OF.items() if module == name}


def test_the_workspace_alone_waits_for_nothing_that_only_the_bot_needs() -> None:
    code = "import sys, bot.cli.sandbox; print({'numpy', 'pydantic', 'sqlite_utils'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
