"""Scenarios: what is wrong in one is named, and what is right is played against a bot over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import App, Command, Sandbox, Shortcut
from bot.sandbox.scenario.play import Outcome, play
from bot.sandbox.scenario.script import ScriptError, read_script
from bot.sandbox.scenario.steps import STEPS
from tests.sandbox.conftest import Json, running

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "bot/sandbox/scenario/demo.toml"
HEAD = 'title = "A test"\n'
FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "vote",
            "positive_button": {"text": {"type": "plain_text", "text": "👍"}, "value": "up"},
            "negative_button": {"text": {"type": "plain_text", "text": "👎"}, "value": "down"},
        }
    ],
}
MORE = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}, "value": "1"}
    ],
}
MODAL: Json = {
    "type": "modal",
    "callback_id": "why",
    "title": {"type": "plain_text", "text": "Why?"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "reason_given"},
        }
    ],
}


def a_bot(app: AsyncApp) -> None:
    """It answers as Footnote does, in its threads without a mention, with the same two words to everybody."""
    threads: set[str] = set()

    async def answer(event: Json, client: object, body: Json) -> None:
        thread = event.get("thread_ts") or event["ts"]
        threads.add(thread)
        await app.client.assistant_threads_setStatus(
            channel_id=event["channel"], thread_ts=thread, status="is searching"
        )
        stream = await app.client.chat_startStream(
            channel=event["channel"],
            thread_ts=thread,
            recipient_user_id=event["user"],
            recipient_team_id=body["team_id"],
            markdown_text="Fifteen ",
        )
        await app.client.chat_appendStream(channel=event["channel"], ts=stream["ts"], markdown_text="days.")
        await app.client.chat_stopStream(channel=event["channel"], ts=stream["ts"], blocks=[FEEDBACK, MORE])

    app.event("app_mention")(answer)

    @app.event("message")
    async def message(event: Json, client: object, body: Json) -> None:
        is_for_us = event["channel_type"] == "im" or event.get("thread_ts") in threads
        is_mention = "<@" in event.get("text", "")  # which comes as an app_mention too
        if is_for_us and not is_mention and "subtype" not in event and "bot_id" not in event:
            await answer(event, client, body)

    @app.action("vote")
    async def vote(ack: object, body: Json) -> None:
        await ack()  # type: ignore[operator]
        thread = body["message"]["thread_ts"]
        await app.client.chat_postEphemeral(
            channel=body["channel"]["id"], user=body["user"]["id"], thread_ts=thread, text="Thanks."
        )

    @app.command("/footnote")
    async def command(ack: object) -> None:
        await ack("Say /footnote ask ...")  # type: ignore[operator]

    @app.action("more")
    @app.shortcut("why")
    async def ask_why(ack: object, body: Json) -> None:
        await ack()  # type: ignore[operator]
        await app.client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("why")
    async def why(ack: object) -> None:
        await ack()  # type: ignore[operator]

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        home = {"type": "home", "blocks": [MORE]}
        await app.client.views_publish(user_id=event["user"], view=home)


@pytest.fixture
async def workspace() -> AsyncIterator[Sandbox]:
    app = App(
        commands=(Command("/footnote"),),
        shortcuts=(Shortcut("global", "Why", "why"), Shortcut("message", "Why", "why")),
    )
    async with Sandbox(app=app, ack_seconds=1.0, retry_delays=(0.0, 0.1)) as sandbox:
        yield sandbox


async def played(text: str, sandbox: Sandbox, folder: Path) -> list[Outcome]:
    path = folder / "scenario.toml"
    await asyncio.to_thread(path.write_text, HEAD + text)
    return [outcome async for outcome in play(read_script(path), sandbox)]


def steps(*lines: str) -> str:
    return "".join(f"[[steps]]\n{line}\n" for line in lines)


# --- playing --------------------------------------------------------------------------------------------


async def test_the_demo_is_played_to_its_end(workspace: Sandbox) -> None:
    script = read_script(DEMO)
    async with running(workspace, a_bot):
        outcomes = [outcome async for outcome in play(script, workspace)]
    assert [outcome for outcome in outcomes if outcome.failed] == []
    assert len(outcomes) == len(script.steps)
    assert [outcome.at for outcome in outcomes] == sorted(outcome.at for outcome in outcomes)


async def test_every_kind_of_step_does_what_it_says(workspace: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("the rules")
    text = steps(
        'do = "wait_for"\nwhat = "connection"',
        'do = "note"\ntext = "words"',
        'do = "say"\nid = "q"\nas = "jiwoo"\nin = "general"\ntext = "@footnote how much?"',
        'do = "wait_for"\nwhat = "reply"\nid = "a"\ncontains = ["Fifteen", "days"]\nlacks = "sixteen"',
        'do = "expect"\ncontains = "Fifteen days."\nblocks_contain = "vote"\nlacks = "error"',
        'do = "expect"\nmessage = "q"\ncount = 1',
        'do = "react"\nas = "alex"\nmessage = "a"\nname = "eyes"',
        'do = "edit"\nas = "jiwoo"\nmessage = "q"\ntext = "never mind"',
        'do = "wait_for"\nwhat = "text"\nin = "general"\ncontains = "never mind"',
        'do = "upload"\nas = "alex"\nthread = "q"\npath = "rules.txt"\ncomment = "here"',
        'do = "upload"\nas = "alex"\nin = "dm"\nname = "a.txt"\ncontent = "b"',
        'do = "click"\nas = "jiwoo"\nmessage = "a"\nbutton = "👎"',
        'do = "wait_for"\nwhat = "ephemeral"\nas = "jiwoo"\nin = "general"\ncontains = "Thanks"',
        'do = "click"\nas = "jiwoo"\nmessage = "a"\naction = "more"',
        'do = "wait_for"\nwhat = "modal"\nas = "jiwoo"\ncontains = "Why?"',
        'do = "submit"\nas = "jiwoo"\nrefused = true',
        'do = "submit"\nas = "jiwoo"\nfilled = { reason_given = "because" }',
        'do = "shortcut"\nas = "alex"\ncallback_id = "why"',
        'do = "wait_for"\nwhat = "modal"\nas = "alex"',
        'do = "close"\nas = "alex"',
        'do = "shortcut"\nas = "alex"\ncallback_id = "why"\nmessage = "a"',
        'do = "open_app"\nas = "minsu"\ntab = "home"',
        'do = "wait_for"\nwhat = "home"\nas = "minsu"\nblocks_contain = "more"',
        'do = "click"\nas = "minsu"\non = "home"\nbutton = "More"',
        'do = "wait_for"\nwhat = "modal"\nas = "minsu"',
        'do = "command"\nas = "jiwoo"\nin = "general"\ntext = "/footnote help"',
        'do = "wait_for"\nwhat = "ephemeral"\nas = "jiwoo"\ncontains = "/footnote ask"',
        'do = "fault"\nname = "api_error"\nparameters = { method = "chat.startStream", times = 1 }',
        'do = "fault"\nname = "token_revoked"',
        'do = "lift"\nname = "token_revoked"',
        'do = "lift"',
        'do = "pause"\nseconds = 0.01',
        'do = "join"\nas = "footnote"\nin = "random"',
        'do = "leave"\nas = "footnote"\nin = "random"',
        'do = "stop"\nas = "jiwoo"\nthread = "q"',
        'do = "delete"\nas = "jiwoo"\nmessage = "q"',
    )
    async with running(workspace, a_bot):
        outcomes = await played(text, workspace, tmp_path)
    assert [outcome for outcome in outcomes if outcome.failed] == []
    assert {outcome.do for outcome in outcomes} == set(STEPS)
    root, *rest = workspace.messages("general", workspace.messages("general")[0]["ts"])
    assert root["subtype"] == "tombstone"
    assert {file["name"] for message in rest for file in message.get("files", [])} == {"rules.txt"}
    assert workspace.faults.active() == []


async def test_a_status_is_waited_for_while_it_stands(workspace: Sandbox, tmp_path: Path) -> None:
    def prepare(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def mention(event: Json) -> None:
            await app.client.assistant_threads_setStatus(
                channel_id=event["channel"], thread_ts=event["ts"], status="is reading the handbook"
            )

    text = steps(
        'do = "say"\nas = "jiwoo"\nin = "general"\ntext = "@footnote hello"',
        'do = "wait_for"\nwhat = "status"\ncontains = "handbook"',
    )
    async with running(workspace, prepare):
        assert not [outcome for outcome in await played(text, workspace, tmp_path) if outcome.failed]


HELLO = 'do = "say"\nas = "jiwoo"\nin = "general"\ntext = "hello"'


@pytest.mark.parametrize(
    ("step", "expected", "found", "mend"),
    [
        ('do = "expect"\ncontains = "goodbye"', "text with 'goodbye'", "hello", "wait_for"),
        ('do = "expect"\nlacks = "hello"', "nothing with 'hello'", "hello", "wait_for"),
        ('do = "expect"\nblocks_contain = "image"', "blocks with 'image'", "rich_text", "wait_for"),
        ('do = "expect"\ncount = 2', "2 messages", "0", "count"),
        ('do = "wait_for"\nwhat = "reply"\ntimeout = 0.05', "reply within 0.05 s", "nothing", "not con"),
        ('do = "wait_for"\nwhat = "modal"\nas = "alex"\ntimeout = 0.05', "modal", "nothing", "not connected"),
        ('do = "wait_for"\nwhat = "connection"\ntimeout = 0.05', "connection", "no connection", "log"),
        (
            'do = "wait_for"\nwhat = "text"\nin = "general"\ncontains = "x!"\ntimeout = 0.05',
            "with 'x!'",
            "hello",
            "not connected",
        ),
        ('do = "click"\nas = "jiwoo"\nbutton = "Go"', "a button 'Go'", "no button", "that is there"),
        ('do = "submit"\nas = "jiwoo"', "an open modal", "none", "wait_for"),
        ('do = "click"\nas = "jiwoo"\non = "home"\nbutton = "Go"', "Home tab", "none", "opens it"),
        ('do = "delete"\nas = "alex"', "lets this happen", "cant_delete_message", "Slack's own name"),
        ('do = "say"\nas = "zoe"\nin = "general"\ntext = "x"', "lets", "user_not_found", "minsu"),
        ('do = "say"\nas = "alex"\nin = "nowhere"\ntext = "x"', "lets", "channel_not_found", "people-team"),
        ('do = "say"\nas = "sam"\nin = "general"\ntext = "x"', "lets", "channel_not_found", "general"),
        (
            'do = "shortcut"\nas = "jiwoo"\ncallback_id = "why"',
            "the app acknowledges",
            "timeout",
            "must be connected",
        ),
        (
            'do = "fault"\nname = "slow_ack"\nparameters = { seconds = "long" }',
            "a fault",
            "'long'",
            "docs/sandbox.md",
        ),
        ('do = "upload"\nas = "jiwoo"\nin = "general"\npath = "none.txt"', "a file", "none", "Paths"),
    ],
)  # fmt: skip
async def test_the_first_step_that_fails_is_the_last_and_says_what_was_there(
    workspace: Sandbox, tmp_path: Path, step: str, expected: str, found: str, mend: str
) -> None:
    first, second = await played(steps(HELLO, step, HELLO), workspace, tmp_path)
    assert not first.failed
    assert second.failed
    assert expected in second.expected
    assert found in second.found
    assert mend in second.mend


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 'x'", "`steps` is missing"),
        (steps(HELLO), "`title` is missing"),
        (HEAD + "author = 1\n" + steps(HELLO), "`author` is unknown"),
        (HEAD + "steps = []", "`steps`"),
        (HEAD + "steps = 3", "`steps`"),
        (HEAD + "steps = [3]", "step 1: "),
        ("title = ", "is no TOML"),
        (HEAD + steps(HELLO, "do = 'dance'"), "step 2: `do` says no known step. There are say, "),
        (HEAD + steps("as = 'jiwoo'"), "step 1: `do` says no known step"),
        (HEAD + steps(HELLO, "do = 'pause'"), "step 2 (pause): `seconds` is missing. It takes seconds."),
        (HEAD + steps(HELLO + "\nwhen = 1"), "step 1 (say): `when` is unknown. It takes as, in"),
        (HEAD + steps("do = 'say'\nin = 'general'\ntext = 'x'"), "step 1 (say): `as` is missing"),
        (HEAD + steps("do = 'say'\nas = 'jiwoo'\ntext = 'x'"), "either `in` or `thread`"),
        (HEAD + steps("do = 'pause'\nseconds = 'long'"), "step 1 (pause): `seconds`: Input should be"),
        (HEAD + steps(HELLO, "do = 'expect'\ncontains = 3"), "step 2 (expect): `contains`: "),
        (HEAD + steps(HELLO, "do = 'expect'"), "step 2 (expect): one of `contains`"),
        (HEAD + steps("do = 'edit'\nas = 'jiwoo'\ntext = 'x'\nmessage = 'q'"), "`message` names 'q'"),
        (HEAD + steps("do = 'fault'\nname = 'rain'"), "there is no fault 'rain'; there are retry"),
        (HEAD + steps("do = 'fault'\nname = 'drop'\nparameters = { a = 1 }"), "drop takes no a; it takes no"),
        (HEAD + steps("do = 'lift'\nname = 'rain'"), "there is no fault 'rain'"),
        (HEAD + steps("do = 'click'\nas = 'jiwoo'"), "either `action` or `button`"),
        (HEAD + steps("do = 'upload'\nas = 'jiwoo'\nin = 'dm'"), "either `path`"),
        (HEAD + steps("do = 'wait_for'\nwhat = 'modal'"), "`as` must say who sees the modal"),
        (HEAD + steps("do = 'wait_for'\nwhat = 'text'"), "`in` must say"),
        (HEAD + steps("do = 'command'\nas = 'jiwoo'\nin = 'dm'\ntext = 'help'"), "`text`: "),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_scenario_is_named_with_its_step_and_key(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(ScriptError) as refusal:
        read_script(path)
    assert str(refusal.value).startswith(str(path))
    assert said in str(refusal.value)
    assert refusal.value.mend


def test_a_scenario_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        read_script(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScriptError, match="UTF-8"):
        read_script(tmp_path / "bytes.toml")
