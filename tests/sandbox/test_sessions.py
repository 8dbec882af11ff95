"""What the assistant side of an app says and hears, in its new form and in its older one."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import App, Sandbox
from bot.sandbox.team.app import EVENTS
from tests.sandbox.conftest import Heard, running

LEGACY = App(
    surface="assistant_view",
    events=EVENTS | {"assistant_thread_started", "assistant_thread_context_changed"},
)


async def test_an_app_hears_what_is_on_the_screen_of_whoever_opened_it(sandbox: Sandbox) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.look_at("alex", "general")
        await sandbox.open_app("alex")
        await sandbox.look_at("alex", "general")  # nothing new
        await sandbox.look_at("alex", "partner-project")
        await sandbox.say("alex", sandbox.dm("alex"), "how many days?")
        await sandbox.wait_for(lambda: len(heard.events) == 4)
    first, second = heard.of("app_context_changed")
    assert first["context"]["entities"][0]["value"] == "C01GENERAL"
    assert second["context"]["entities"][0]["value"] == "C05PARTNER"
    assert (second["user"], second["channel"]) == ("U02ALEX000", sandbox.dm("alex"))
    (opened,) = heard.of("app_home_opened")
    assert (opened["tab"], opened["context"]) == ("messages", first["context"])
    (asked,) = heard.of("message")
    assert asked["app_context"] == second["context"]


async def test_a_session_that_is_renamed_tells_both_titles(sandbox: Sandbox, client: AsyncWebClient) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        dm = sandbox.dm("jiwoo")
        root = await sandbox.say("jiwoo", dm, "연차는 며칠?")
        given = {"channel_id": dm, "thread_ts": root, "status": "processing", "title": "연차"}
        await client.api_call("agents.sessions.setStatus", json=given)
        assert sandbox.status(dm, root) == "is working on it…"
        await sandbox.rename_session("jiwoo", dm, root, "연차 일수")
        (renamed,) = await sandbox.wait_for(lambda: heard.of("agent_session_title_changed"))
    assert (renamed["title"], renamed["previous_title"]) == ("연차 일수", "연차")
    assert (renamed["thread_ts"], renamed["user"]) == (root, "U01JIWOO00")


async def test_an_older_assistant_gets_a_thread_when_it_is_opened_and_hears_where_people_go() -> None:
    heard = Heard()
    async with Sandbox(app=LEGACY) as sandbox, running(sandbox, heard=heard):
        await sandbox.look_at("alex", "general")
        thread = await sandbox.open_app("alex")
        await sandbox.look_at("alex", "random")
        await sandbox.say("alex", sandbox.dm("alex"), "how many days?", thread)
        await sandbox.wait_for(lambda: heard.of("message"))
    (started,) = heard.of("assistant_thread_started")
    assert started["assistant_thread"]["thread_ts"] == thread
    assert started["assistant_thread"]["context"]["channel_id"] == "C01GENERAL"
    (moved,) = heard.of("assistant_thread_context_changed")
    assert moved["assistant_thread"]["context"]["channel_id"] == "C03RANDOM0"
    assert heard.of("app_context_changed") == []
    assert heard.of("message")[0]["thread_ts"] == thread


async def test_somebody_of_another_organization_is_told_apart(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        await sandbox.say("hana", "partner-project", "<@U09FOOTNOTE> what do they earn?")
        await sandbox.wait_for(lambda: len(heard.events) == 2)
    (mention,) = heard.of("app_mention")
    assert (mention["user_team"], mention["team"]) == ("T02PARTNER", "T02PARTNER")
    assert {body["is_ext_shared_channel"] for body in heard.bodies} == {True}
    assert {body["team_id"] for body in heard.bodies} == {"T01SANDBOX"}
    person = (await client.users_info(user="U05HANA000"))["user"]
    assert (person["is_stranger"], person["team_id"]) == (True, "T02PARTNER")
    shared = (await client.conversations_info(channel="C05PARTNER"))["channel"]
    assert (shared["is_ext_shared"], shared["shared_team_ids"]) == (True, ["T01SANDBOX", "T02PARTNER"])


async def test_a_group_direct_message_is_one_for_the_same_people_and_its_messages_are_mpim(
    sandbox: Sandbox,
) -> None:
    heard = Heard()
    async with running(sandbox, heard=heard):
        group = sandbox.group("minsu", "sam", "footnote")
        assert sandbox.group("footnote", "minsu", "sam") == group
        await sandbox.say("sam", group, "hello")
        (said,) = await sandbox.wait_for(lambda: heard.of("message"))
    assert (said["channel"], said["channel_type"]) == (group, "mpim")
