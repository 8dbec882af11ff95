"""One script, played by every client: Slack's own for Node and Python, over Socket Mode and over HTTP."""

from __future__ import annotations

import pytest

from tests.clients.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_mention_is_answered_in_its_thread(stage: Stage) -> None:
    sandbox = stage.sandbox
    ts = await sandbox.say("jiwoo", "general", "@footnote 휴가는 며칠?")
    (reply,) = await sandbox.wait_for(lambda: sandbox.replies("general", ts))
    assert (reply["text"], reply["thread_ts"]) == ("heard: 휴가는 며칠?", ts)
    await sandbox.say("alex", "general", "@footnote again", ts)
    await sandbox.wait_for(lambda: sandbox.replies("general", ts)[2:])
    assert sandbox.replies("general", ts)[-1]["text"] == "heard: again"


async def test_a_streamed_answer_takes_feedback(stage: Stage) -> None:
    sandbox = stage.sandbox
    ts = await sandbox.say("jiwoo", "general", "@footnote stream")

    def finished() -> bool:
        replies = sandbox.replies("general", ts)
        return bool(replies) and replies[0]["streaming_state"] == "completed"

    await sandbox.wait_for(finished)
    (answer,) = sandbox.replies("general", ts)
    assert answer["text"] == "**one** two"
    kinds = [block["type"] for block in answer["blocks"]]
    assert kinds == ["markdown", "task_card", "markdown", "context_actions"]
    assert answer["blocks"][1]["status"] == "complete"
    await sandbox.click("jiwoo", "general", answer["ts"], "feedback", "good")
    (thanks,) = await sandbox.wait_for(lambda: sandbox.ephemerals("jiwoo", "general"))
    assert (thanks["text"], thanks["thread_ts"]) == ("thanks: good", ts)


async def test_a_direct_message_and_a_file_are_answered(stage: Stage) -> None:
    sandbox = stage.sandbox
    dm = sandbox.dm("minsu")
    await sandbox.say("minsu", dm, "안녕")
    await sandbox.wait_for(lambda: len(sandbox.messages(dm)) == 2)
    await sandbox.upload("minsu", dm, "휴가.txt", b"15")
    await sandbox.wait_for(lambda: len(sandbox.messages(dm)) == 4)
    assert [message["text"] for message in sandbox.messages(dm)[1::2]] == ["dm: 안녕", "file: 휴가.txt"]


async def test_an_edit_is_heard_and_marked_with_a_reaction(stage: Stage) -> None:
    sandbox = stage.sandbox
    ts = await sandbox.say("alex", "general", "hello")
    await sandbox.edit("alex", "general", ts, "hello there")

    def reactions() -> object:
        edited = next(message for message in sandbox.messages("general") if message["ts"] == ts)
        return edited.get("reactions")

    await sandbox.wait_for(reactions)
    assert reactions() == [{"name": "pencil2", "users": [sandbox.bot_user_id], "count": 1}]


async def test_a_new_member_is_welcomed(stage: Stage) -> None:
    sandbox = stage.sandbox
    await sandbox.join("alex", "handbook-ko")
    await sandbox.wait_for(lambda: sandbox.messages("handbook-ko")[1:])
    notice, welcome = sandbox.messages("handbook-ko")
    assert notice["subtype"] == "channel_join"
    assert welcome["text"] == f"welcome <@{sandbox.workspace.user('alex').id}>"


async def test_the_home_tab_is_published_when_it_is_opened(stage: Stage) -> None:
    sandbox = stage.sandbox
    await sandbox.open_app("alex", "home")
    home = await sandbox.wait_for(lambda: sandbox.home("alex"))
    assert home is not None
    assert home["blocks"][0]["text"]["text"] == "*Home*"


async def test_a_slash_command_is_answered_by_ack_and_by_response_url(stage: Stage) -> None:
    sandbox = stage.sandbox
    await sandbox.command("sam", "handbook-ko", "/footnote", "hello")
    await sandbox.wait_for(
        lambda: [message for message in sandbox.messages("handbook-ko") if message["text"] == "for all"]
    )
    # whether the text of the ack or that of the first response comes first is not promised
    texts = {message["text"] for message in sandbox.ephemerals("sam", "handbook-ko")}
    assert texts == {"you said hello", "second"}


async def test_a_modal_is_filled_wrongly_and_rightly(stage: Stage) -> None:
    sandbox = stage.sandbox
    await sandbox.command("alex", "general", "/footnote", "note")
    await sandbox.wait_for(lambda: sandbox.modal("alex"))
    options = await sandbox.type_in_modal("alex", "colour", "gr")
    assert [option["value"] for option in options] == ["green", "grey"]
    errors = await sandbox.submit("alex", {"text": "no"})
    assert errors == {"note": "at least 3 characters"}
    assert await sandbox.submit("alex", {"text": "better", "colour": "grey"}) == {}
    (note,) = await sandbox.wait_for(lambda: sandbox.messages(sandbox.dm("alex")))
    assert note["text"] == "note: better, colour: grey"
    modal = sandbox.modal("alex")
    assert modal is not None
    assert modal["callback_id"] == "saved"
    await sandbox.close_modal("alex")


async def test_a_second_modal_is_pushed_over_the_first(stage: Stage) -> None:
    sandbox = stage.sandbox
    await sandbox.shortcut("jiwoo", "write_note")
    first = await sandbox.wait_for(lambda: sandbox.modal("jiwoo"))
    assert first is not None
    await sandbox.click_in_modal("jiwoo", "more")

    def top() -> str:
        modal = sandbox.modal("jiwoo")
        return str(modal["callback_id"]) if modal else ""

    await sandbox.wait_for(lambda: top() == "second")
    second = sandbox.modal("jiwoo")
    assert second is not None
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    await sandbox.submit("jiwoo", {})
    assert top() == "note"
    await sandbox.close_modal("jiwoo")


async def test_a_message_shortcut_answers_in_the_thread(stage: Stage) -> None:
    sandbox = stage.sandbox
    ts = await sandbox.say("minsu", "general", "worth keeping")
    await sandbox.shortcut("alex", "keep_message", "general", ts)
    (kept,) = await sandbox.wait_for(lambda: sandbox.replies("general", ts))
    assert kept["text"] == "kept: worth keeping"


async def test_an_upload_is_shared_into_the_thread(stage: Stage) -> None:
    sandbox, app = stage.sandbox, stage.app
    ts = await sandbox.say("alex", "general", "a thread for a file")
    general = sandbox.workspace.channel("general").id
    file_id = await app.ask(
        "upload", channel=general, thread_ts=ts, name="answer.txt", content="fifteen days"
    )
    (shared,) = await sandbox.wait_for(lambda: sandbox.replies("general", ts))
    (file,) = shared["files"]
    assert (file["id"], file["name"], file["size"]) == (file_id, "answer.txt", 12)
    assert shared["text"] == "here"


async def test_paging_by_the_client_reaches_everything_once(stage: Stage) -> None:
    sandbox, app = stage.sandbox, stage.app
    people = sandbox.workspace.channel("people-team").id
    for number in range(5):
        await sandbox.say("jiwoo", "people-team", f"number {number}")
    pages = await app.ask("page_history", channel=people, limit=2)
    assert pages == [["number 4", "number 3"], ["number 2", "number 1"], ["number 0"]]
    names = [name for page in await app.ask("page_users", limit=2) for name in page]
    assert sorted(names) == sorted(user.name for user in sandbox.workspace.users.values())


async def test_a_rate_limit_is_waited_out_by_the_client(stage: Stage) -> None:
    sandbox, app = stage.sandbox, stage.app
    sandbox.faults.rate_limit("chat.postMessage", retry_after=1)
    before = len(sandbox.calls)
    answer = await app.ask("call", method="chat.postMessage", channel=sandbox.dm("sam"), text="at last")
    assert answer["ok"]
    assert [message["text"] for message in sandbox.messages(sandbox.dm("sam"))] == ["at last"]
    assert [call.method for call in sandbox.calls[before:]] == ["chat.postMessage"]


async def test_a_refusal_is_told_with_its_reason(stage: Stage) -> None:
    general = stage.sandbox.workspace.channel("general").id
    bad = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = await stage.app.ask("call", method="chat.postMessage", channel=general, text="a", blocks=bad)
    assert (answer["ok"], answer["error"]) == (False, "invalid_blocks")
    assert "[json-pointer:/blocks/0/text/text]" in answer["response_metadata"]["messages"][0]


async def test_the_client_comes_back_after_its_connections_are_cut(stage: Stage) -> None:
    sandbox = stage.sandbox
    if stage.app.request_url:
        pytest.skip("there are no connections to cut over HTTP")
    sandbox.faults.drop_connections()
    assert sandbox.connections == 0
    ts = await sandbox.say("jiwoo", "general", "@footnote still there?")
    await sandbox.wait_for(lambda: sandbox.replies("general", ts), timeout=30)
    assert [reply["text"] for reply in sandbox.replies("general", ts)] == ["heard: still there?"]
    await sandbox.faults.disconnect("refresh_requested")
    await sandbox.wait_for(lambda: sandbox.connections, timeout=30)
    ts = await sandbox.say("jiwoo", "general", "@footnote and now?")
    await sandbox.wait_for(lambda: sandbox.replies("general", ts), timeout=30)
    # the builtin Python client acks too late after a refresh, so that it is sent everything again
    assert {reply["text"] for reply in sandbox.replies("general", ts)} == {"heard: and now?"}
