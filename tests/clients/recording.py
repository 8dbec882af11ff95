"""A walk through the whole sandbox, and everything that the app was answered and sent on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox import App, Sandbox, Shortcut
from tests.clients.async_app import AsyncScriptedApp, async_app
from tests.clients.scripted import SURFACES, Json

GENERAL, JIWOO, ALEX = "C01GENERAL", "U01JIWOO00", "U02ALEX000"
SCOPES = App.scopes | {
    "files:read",
    "reactions:read",
    "usergroups:read",
    "users:read.email",
    "mpim:write",
    "channels:join",
    "channels:manage",
}
EVENTS = App.events | {
    "reaction_added",
    "reaction_removed",
    "assistant_thread_started",
    "assistant_thread_context_changed",
}
SHORTCUTS = (Shortcut("global", "Write a note", "write_note"), Shortcut("message", "Keep", "keep_message"))


@dataclass
class Recording:
    """JSON by what it is, each shape of it once."""

    answers: dict[str, list[Json]] = field(default_factory=dict)
    """By method."""
    events: dict[str, list[Json]] = field(default_factory=dict)
    """By type, with the subtype after a slash: "message/message_changed"."""
    interactions: dict[str, list[Json]] = field(default_factory=dict)
    """By type; slash_command is one of them."""


async def recorded() -> Recording:
    """Everything that happens on the walk."""
    record = Recording()
    for surface in ("agent_view", "assistant_view"):
        app = App(scopes=SCOPES, events=EVENTS, shortcuts=SHORTCUTS, surface=surface)
        async with Sandbox(app=app) as sandbox, async_app(sandbox) as scripted:
            await sandbox.wait_for(lambda: sandbox.connections)
            await _walk_as_people(sandbox)
            await _walk_as_app(sandbox, scripted)
            await sandbox.wait_for(lambda: not sandbox.delivery.delivering)
            for call in sandbox.calls:
                _keep(record.answers, call.method, call.response)
            for kind, body in scripted.heard:
                if "event" in body:
                    event = body["event"]
                    _keep(record.interactions, "event_callback", body)
                    _keep(record.events, "/".join(filter(None, (kind, event.get("subtype")))), event)
                else:
                    _keep(record.interactions, kind, body)
    return record


async def _walk_as_people(sandbox: Sandbox) -> None:
    """Whatever the scripted app answers by itself."""
    root = await sandbox.say("jiwoo", "general", "@footnote <b> https://a.example `code` *bold*")
    streamed = await sandbox.say("jiwoo", "general", "@footnote stream")
    await sandbox.wait_for(lambda: sandbox.replies("general", root))
    await sandbox.wait_for(
        lambda: [
            reply
            for reply in sandbox.replies("general", streamed)
            if reply.get("streaming_state") == "completed"
        ]
    )
    await sandbox.say("alex", "general", "as well", root, broadcast=True)
    (answer,) = sandbox.replies("general", streamed)
    await sandbox.click("jiwoo", "general", answer["ts"], "feedback", "good")
    edited = await sandbox.say("alex", "general", "hello @jiwoo")
    await sandbox.edit("alex", "general", edited, "hello there")
    await sandbox.wait_for(lambda: sandbox.messages("general")[-1].get("reactions"))
    await sandbox.react("jiwoo", "general", edited, "eyes")
    sandbox.workspace.unreact(JIWOO, sandbox.workspace.message(GENERAL, edited), "eyes")
    await sandbox.delete("general", edited)
    await sandbox.upload("minsu", sandbox.dm("minsu"), "휴가.txt", b"15", comment="here")
    await sandbox.post_as_other_bot("general", "deployed")
    await sandbox.say("hana", "partner-project", "@footnote hello from outside")
    await sandbox.say("alex", sandbox.group("alex", "jiwoo", "footnote"), "in a group")
    await sandbox.join("alex", "handbook-ko")
    await sandbox.leave("alex", "handbook-ko")
    await sandbox.open_app("alex", "home")
    await sandbox.wait_for(lambda: sandbox.home("alex"))
    await sandbox.open_app("alex", "home")
    await sandbox.open_app("alex", "messages")
    await sandbox.look_at("alex", "general")
    await sandbox.command("alex", "general", "/footnote", "note")
    await sandbox.wait_for(lambda: sandbox.modal("alex"))
    await sandbox.type_in_modal("alex", "colour", "gr")
    await sandbox.click_in_modal("alex", "more")
    await sandbox.wait_for(lambda: (sandbox.modal("alex") or {}).get("callback_id") == "second")
    await sandbox.close_modal("alex")
    await sandbox.submit("alex", {"text": "a note", "colour": "grey"})
    await sandbox.close_modal("alex")
    await sandbox.shortcut("alex", "write_note")
    await sandbox.shortcut("alex", "keep_message", "general", root)


async def _walk_as_app(sandbox: Sandbox, app: AsyncScriptedApp) -> None:
    """Every method that the scripted app has no use for."""

    async def call(method: str, **given: object) -> Json:
        answer: Json = await app.ask("call", method=method, **given)
        assert answer["ok"], (method, answer)
        return answer

    for method in ("auth.test", "team.info", "bots.info"):
        await call(method)
    await call("users.info", user="U05HANA000")
    await call("users.info", user=JIWOO, include_locale=True)
    await call("users.list", limit=2)
    await call("users.lookupByEmail", email="alex@example.com")
    await call("users.conversations", user=ALEX, types="public_channel,private_channel,im,mpim")
    await call("usergroups.list", include_users=True, include_count=True)
    await call("usergroups.users.list", usergroup="S01PEOPLE0")
    await call("conversations.list", types="public_channel,private_channel,im,mpim")
    await call("conversations.info", channel="C05PARTNER", include_num_members=True, include_locale=True)
    await call("conversations.info", channel=sandbox.dm("alex"))
    await call("conversations.members", channel=GENERAL)
    await call("conversations.open", users=f"{ALEX},{JIWOO}")
    await call("conversations.open", users=ALEX, return_im=True)
    await call("conversations.join", channel="C03RANDOM0")
    await sandbox.wait_for(lambda: sandbox.messages("random")[-1]["text"].startswith("welcome"))
    await call("conversations.leave", channel="C03RANDOM0")
    await call("conversations.history", channel=GENERAL, include_all_metadata=True)
    await call("conversations.history", channel=sandbox.dm("minsu"))

    posted = await call(
        "chat.postMessage",
        channel=GENERAL,
        text="with metadata",
        metadata={"event_type": "answer", "event_payload": {"outbox_id": "1"}},
    )
    ts = posted["ts"]
    await call("chat.postMessage", channel=GENERAL, thread_ts=ts, markdown_text="**bold** | [a](https://b.c)")
    await call("conversations.replies", channel=GENERAL, ts=ts, include_all_metadata=True)
    await call("chat.update", channel=GENERAL, ts=ts, text="changed", blocks=SURFACES["home"]["blocks"])
    await call("chat.getPermalink", channel=GENERAL, message_ts=ts)
    alone = (await call("chat.postMessage", channel=GENERAL, text="alone"))["ts"]
    await call("reactions.add", channel=GENERAL, timestamp=alone, name="eyes")
    await call("reactions.get", channel=GENERAL, timestamp=alone)
    await call("reactions.add", channel=GENERAL, timestamp=ts, name="eyes")
    await call("reactions.remove", channel=GENERAL, timestamp=ts, name="eyes")
    await app.ask("call", method="reactions.remove", channel=GENERAL, timestamp=ts, name="eyes")
    await app.ask("call", method="chat.postMessage", channel=GENERAL, text="x", blocks=[{"type": "header"}])
    await call("chat.delete", channel=GENERAL, ts=ts)

    direct = sandbox.dm("alex")
    asked = await sandbox.say("alex", direct, "a session")
    thread = {"channel_id": direct, "thread_ts": asked}
    await call("assistant.threads.setStatus", **thread, status="is thinking...", loading_messages=["a", "b"])
    await call("assistant.threads.setTitle", **thread, title="A title")
    prompts = [{"title": "Ask", "message": "How many days?"}]
    await call("assistant.threads.setSuggestedPrompts", **thread, prompts=prompts)
    await call("agents.sessions.setStatus", **thread, status="processing", title="Days off")
    await call("agents.sessions.rename", **thread, title="Days of leave")
    begun = await call("chat.startStream", channel=direct, thread_ts=asked, markdown_text="so ")
    await call("chat.appendStream", channel=direct, ts=begun["ts"], markdown_text="far")
    await sandbox.stop_answer("alex", direct, asked)
    await sandbox.rename_session("alex", direct, asked, "Leave")

    await app.ask("upload", channel=GENERAL, thread_ts="", name="a.txt", content="abc")
    (file, *_) = (await call("files.list", user=sandbox.bot_user_id))["files"]
    await call("files.info", file=file["id"])
    await call("files.delete", file=file["id"])

    modal = sandbox.modal("alex")
    assert modal is not None
    await call("views.update", view_id=modal["id"], hash=modal["hash"], view=SURFACES["saved"])


def _keep(kept: dict[str, list[Json]], name: str, value: Json) -> None:
    """Add it, unless something of the same shape is there."""
    values = kept.setdefault(name, [])
    if _shape(value) not in map(_shape, values):
        values.append(value)


def _shape(value: object) -> object:
    if isinstance(value, Mapping):
        kind = value.get("type")
        return (str(kind), *((name, _shape(item)) for name, item in sorted(value.items())))
    if isinstance(value, list):
        return frozenset(map(_shape, value))
    return type(value).__name__
