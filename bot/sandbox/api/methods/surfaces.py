"""assistant.threads.*, agents.sessions.* and views.*: what the bot shows beside its messages."""

from __future__ import annotations

from bot.sandbox.api.methods.conversations import channel_of
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json

MAX_PROMPTS = 4
MAX_LOADING_MESSAGES = 10
_SESSION_STATES = frozenset({"active", "processing", "suspended", "closed"})


def set_status(parts: Parts, arguments: Arguments) -> Json:
    parts.need("assistant:write", "chat:write")
    channel = channel_of(parts, arguments, "channel_id")
    loading = arguments.value("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > MAX_LOADING_MESSAGES:
        raise SlackError("invalid_arguments")
    thread_ts = arguments.required("thread_ts")
    parts.workspace.sessions.set_status(channel, thread_ts, arguments.text("status"), loading)
    return {}


def set_title(parts: Parts, arguments: Arguments) -> Json:
    parts.need("assistant:write")
    channel = channel_of(parts, arguments, "channel_id")
    parts.workspace.sessions.set_title(channel, arguments.required("thread_ts"), arguments.required("title"))
    return {}


def set_suggested_prompts(parts: Parts, arguments: Arguments) -> Json:
    parts.need("assistant:write")
    channel = channel_of(parts, arguments, "channel_id")
    prompts = arguments.value("prompts")
    if not isinstance(prompts, list) or not 0 < len(prompts) <= MAX_PROMPTS:
        raise SlackError("invalid_arguments")
    if any(
        not isinstance(item, dict) or not item.get("title") or not item.get("message") for item in prompts
    ):
        raise SlackError("invalid_arguments")
    offered = {"title": arguments.text("title"), "prompts": prompts}
    parts.workspace.sessions.set_prompts(channel, arguments.text("thread_ts"), offered)
    return {}


def set_session_status(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    channel = channel_of(parts, arguments, "channel_id")
    status = arguments.required("status")
    if status not in _SESSION_STATES:
        raise SlackError("invalid_arguments")
    thread_ts = arguments.required("thread_ts")
    session = parts.workspace.sessions.set_state(channel, thread_ts, status, arguments.text("title"))
    answer: Json = {"status": status, "agent_status": status, "title": session.title}
    if status == "processing" and "agent_session_stopped" not in parts.workspace.app.events:
        answer["warning"] = "missing_agent_session_stopped_event_subscription"
    return answer


def rename_session(parts: Parts, arguments: Arguments) -> Json:
    parts.need("chat:write")
    channel = channel_of(parts, arguments, "channel_id")
    session = parts.workspace.sessions.set_title(
        channel, arguments.text("thread_ts"), arguments.required("title")
    )
    return {"title": session.title}


def open_view(parts: Parts, arguments: Arguments) -> Json:
    view = _view(arguments)
    user = parts.interactions.use_trigger(_trigger(arguments))
    return {"view": parts.views.open(user, view).as_json()}


def push_view(parts: Parts, arguments: Arguments) -> Json:
    view = _view(arguments)
    user = parts.interactions.use_trigger(_trigger(arguments))
    return {"view": parts.views.push(user, view).as_json()}


def update_view(parts: Parts, arguments: Arguments) -> Json:
    view = parts.views.find(arguments.text("view_id"), arguments.text("external_id"))
    return {"view": parts.views.update(view, _view(arguments), arguments.text("hash")).as_json()}


def publish_view(parts: Parts, arguments: Arguments) -> Json:
    user = parts.workspace.user(arguments.required("user_id"))
    return {"view": parts.views.publish(user.id, _view(arguments), arguments.text("hash")).as_json()}


def _view(arguments: Arguments) -> Json:
    view = arguments.value("view")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    return view


def _trigger(arguments: Arguments) -> str:
    return arguments.text("trigger_id") or arguments.required("interactivity_pointer")


METHODS = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_suggested_prompts,
    "agents.sessions.setStatus": set_session_status,
    "agents.sessions.rename": rename_session,
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish_view,
}
