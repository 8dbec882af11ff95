"""Files: the three steps of an upload, what is listed, and who gets the bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import App, Sandbox
from tests.sandbox.test_web_api import refusal


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(app=App(scopes=App.scopes | {"files:read"})) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


async def posted(url: str, content: object, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        response = await session.post(url, data=content, headers=headers)
        return response.status, await response.text()


async def fetched(url: str, token: str = "") -> tuple[bytes, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        assert response.status == 200
        return await response.read(), response.content_type


@pytest.mark.parametrize("form", ["raw", "multipart"])
async def test_bytes_are_posted_raw_or_as_a_form_and_fetched_by_the_token(
    sandbox: Sandbox, client: AsyncWebClient, form: str
) -> None:
    content = "휴가 15일".encode()
    place = await client.files_getUploadURLExternal(filename="휴가.txt", length=len(content))
    body: object = content
    if form == "multipart":
        fields = aiohttp.FormData({"filename": "ignored"})
        fields.add_field("file", content, filename="휴가.txt", content_type="text/plain")
        body = fields
    assert await posted(place["upload_url"], body) == (200, f"OK - {len(content)}")
    done = await client.files_completeUploadExternal(
        files=[{"id": place["file_id"], "title": "Leave"}], channel_id="C01GENERAL", initial_comment="see"
    )
    (file,) = done["files"]
    assert (file["title"], file["name"], file["size"]) == ("Leave", "휴가.txt", len(content))
    (message,) = sandbox.messages("general")
    assert (message["text"], message["files"][0]["id"]) == ("see", place["file_id"])
    assert await fetched(file["url_private"], sandbox.bot_token) == (content, "text/plain")
    page, kind = await fetched(file["url_private_download"])
    assert kind == "text/html"
    assert content not in page


async def test_an_upload_of_another_length_or_to_nowhere_is_refused(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    place = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    assert (await posted(place["upload_url"], b"four"))[0] == 400
    assert (await posted(sandbox.url + "/upload/v1/nothing", b"abc"))[0] == 404
    unfinished = client.files_completeUploadExternal(files=[{"id": place["file_id"]}])
    assert (await refusal(unfinished))["error"] == "file_not_uploaded"
    elsewhere = client.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C03RANDOM0")
    assert (await refusal(elsewhere))["error"] == "not_in_channel"


async def test_files_are_listed_by_page_and_place_as_far_as_the_bot_may_see_them(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    for number in range(3):
        await sandbox.upload("alex", "general", f"{number}.txt", b"text")
    await sandbox.upload("jiwoo", "people-team", "plan.png", b"picture")
    await sandbox.upload("alex", "random", "hidden.txt", b"secret")
    listed = await client.files_list(count=3, page=2)
    assert listed["paging"] == {"count": 3, "total": 5, "page": 2, "pages": 2}
    pictures = await client.files_list(types="images")
    assert [file["name"] for file in pictures["files"]] == ["plan.png"]
    here = await client.files_list(channel="C01GENERAL", user="U02ALEX000")
    assert {file["name"] for file in here["files"]} == {"0.txt", "1.txt", "2.txt"}
    assert (await refusal(client.files_list(types="songs")))["error"] == "unknown_type"
    await sandbox.leave("footnote", "people-team")
    gone = await refusal(client.files_info(file=pictures["files"][0]["id"]))
    assert gone["error"] == "file_not_found"


async def test_a_deleted_file_leaves_a_tombstone_in_its_message(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(channel="C01GENERAL", filename="a.txt", content="abc")
    file_id = sandbox.messages("general")[0]["files"][0]["id"]
    await client.files_delete(file=file_id)
    assert sandbox.messages("general")[0]["files"] == [{"id": file_id, "mode": "tombstone"}]
    assert (await refusal(client.files_info(file=file_id)))["error"] == "file_not_found"
    await sandbox.upload("alex", "general", "b.txt", b"b")
    theirs = sandbox.messages("general")[1]["files"][0]["id"]
    assert (await refusal(client.files_delete(file=theirs)))["error"] == "cant_delete_file"


async def test_without_the_scope_no_file_is_read() -> None:
    async with Sandbox() as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        await sandbox.upload("alex", "general", "a.txt", b"abc")
        (file,) = sandbox.messages("general")[0]["files"]
        assert (await refusal(client.files_info(file=file["id"])))["needed"] == "files:read"
        assert b"abc" not in (await fetched(file["url_private"], sandbox.bot_token))[0]
