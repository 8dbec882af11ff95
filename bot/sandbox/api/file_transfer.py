"""The bytes of files over HTTP: posted to an upload URL, fetched from url_private."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bot.sandbox.api.web_api import Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.team import cast
from bot.sandbox.team.files import File

_SIGN_IN = "<!DOCTYPE html><title>Sign in</title><p>Sign in to see this file.</p>"


class FileTransfer:
    """The routes under /upload/ and /files-pri/."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put them on `router`."""
        router.add_post("/upload/v1/{token}", self._receive)
        router.add_get("/files-pri/{place}/{name}", self._send)
        router.add_get("/files-pri/{place}/download/{name}", self._send)

    async def _receive(self, request: web.Request) -> web.Response:
        """The bytes as the whole body, or as the first file of a form: clients do either."""
        if request.content_type == "multipart/form-data":
            content = b""
            async for part in await request.multipart():
                if isinstance(part, BodyPartReader) and (part.filename or not content):
                    content = bytes(await part.read())
        else:
            content = await request.read()
        try:
            file = self.parts.workspace.files.receive(request.match_info["token"], content)
        except SlackError as refusal:
            return web.Response(status=404 if refusal.error == "not_found" else 400, text=refusal.error)
        return web.Response(text=f"OK - {file.length}")

    async def _send(self, request: web.Request) -> web.Response:
        """A file, to the app by its token."""
        file = self._found(request)
        if file is None:
            # Slack answers 200 and a page here, which careless apps take for the file
            return web.Response(text=_SIGN_IN, content_type="text/html")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)

    def _found(self, request: web.Request) -> File | None:
        if request.headers.get("Authorization") != f"Bearer {self.parts.bot_token}":
            return None
        if "files:read" not in self.parts.workspace.app.scopes:
            return None
        try:
            file_id = request.match_info["place"].rpartition("-")[2]
            return self.parts.workspace.files.find(file_id, cast.BOT_USER_ID)
        except SlackError:
            return None
