"""files.*: uploads in the three steps that Slack has for them, and what is there."""

from __future__ import annotations

from bot.sandbox.api.methods.chat import checked_blocks
from bot.sandbox.api.methods.pages import numbered_page
from bot.sandbox.api.web_api import Arguments, Parts, whole_number
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast
from bot.sandbox.team.channels import Channel
from bot.sandbox.team.files import File

_TYPES = {
    "all": "",
    "images": "image/",
    "pdfs": "application/pdf",
    "zips": "application/zip",
    "snippets": "text/",
}


def get_upload_url(parts: Parts, arguments: Arguments) -> Json:
    parts.need("files:write")
    length = whole_number(arguments.required("length"))
    if length is None:
        raise SlackError("invalid_arguments")
    file = parts.workspace.files.reserve(arguments.required("filename"), length)
    return {"upload_url": f"{parts.base_url()}/upload/v1/{file.upload_token}", "file_id": file.id}


def complete_upload(parts: Parts, arguments: Arguments) -> Json:
    parts.need("files:write")
    given = arguments.value("files")
    if not isinstance(given, list) or not given or any(not isinstance(item, dict) for item in given):
        raise SlackError("invalid_arguments")
    wanted = [(str(item.get("id") or ""), str(item.get("title") or "")) for item in given]
    comment, thread_ts = arguments.text("initial_comment"), arguments.text("thread_ts")
    blocks = checked_blocks(arguments, "blocks")
    names = [arguments.text("channel_id"), *arguments.text("channels").split(",")]
    workspace = parts.workspace
    # every channel is found before anything is shared, so that a wrong one leaves nothing half done
    places: list[Channel | None] = [
        workspace.joined_channel(name, cast.BOT_USER_ID) for name in dict.fromkeys(names) if name
    ]
    for place in places or [None]:
        files = workspace.files.complete(wanted, place, thread_ts, comment, blocks)
    return {"files": [_described(parts, file) for file in files]}


def info(parts: Parts, arguments: Arguments) -> Json:
    parts.need("files:read")
    file = parts.workspace.files.find(arguments.required("file"), cast.BOT_USER_ID)
    return {"file": _described(parts, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def listing(parts: Parts, arguments: Arguments) -> Json:
    parts.need("files:read")
    seen = parts.workspace.files.visible_to(cast.BOT_USER_ID)
    channel, user = arguments.text("channel"), arguments.text("user")
    if channel:
        place = parts.workspace.channel(channel, cast.BOT_USER_ID).id
        seen = [file for file in seen if any(shared_in == place for shared_in, _ in file.shares)]
    if user:
        seen = [file for file in seen if file.user == user]
    wanted = arguments.text("types", "all").split(",")
    if not _TYPES.keys() >= set(wanted):
        raise SlackError("unknown_type")
    kinds = tuple(_TYPES[kind] for kind in wanted)
    seen = [file for file in seen if file.mimetype.startswith(kinds)]
    found, paging = numbered_page(seen, arguments)
    return {"files": [_described(parts, file) for file in found], "paging": paging}


def delete(parts: Parts, arguments: Arguments) -> Json:
    parts.need("files:write")
    file = parts.workspace.files.find(arguments.required("file"), cast.BOT_USER_ID)
    parts.workspace.files.delete(file, cast.BOT_USER_ID)
    return {}


def _described(parts: Parts, file: File) -> Json:
    return parts.workspace.files.as_json(file)


METHODS = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
    "files.list": listing,
    "files.delete": delete,
}
