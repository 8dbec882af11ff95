"""What slack_sdk meets at the Web API."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.team.app import SCOPES, App
from tests.sandbox.conftest import Json


async def refusal(call: object) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call  # type: ignore[misc]
    data: Json = caught.value.response.data
    return data


async def test_auth_test_has_an_empty_body_and_answers_with_the_scopes(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["bot_id"] == "B09FOOTNOTE"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_an_unknown_method_is_refused(client: AsyncWebClient) -> None:
    assert (await refusal(client.api_call("chat.shout")))["error"] == "unknown_method"


async def test_wrong_missing_and_exchanged_tokens_are_told_apart(sandbox: Sandbox) -> None:
    def with_token(token: str) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=sandbox.api_url)

    assert (await refusal(with_token("xoxb-other").auth_test()))["error"] == "invalid_auth"
    assert (await refusal(with_token("").auth_test()))["error"] == "not_authed"
    opening = with_token("").apps_connections_open(app_token=sandbox.bot_token)
    assert (await refusal(opening))["error"] == "not_allowed_token_type"
    sandbox.faults.token_revoked = True
    assert (await refusal(with_token(sandbox.bot_token).auth_test()))["error"] == "token_revoked"


async def test_a_missing_scope_is_named_with_those_that_are_there() -> None:
    async with Sandbox(app=App(scopes=SCOPES - {"users:read"})) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        data = await refusal(client.users_info(user="U01JIWOO00"))
    assert (data["error"], data["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in data["provided"]


@pytest.mark.parametrize("form", ["query", "form", "multipart", "json", "json strings"])
async def test_arguments_are_taken_in_every_form(sandbox: Sandbox, form: str) -> None:
    blocks = '[{"type": "divider"}]'
    simple = {"channel": "C01GENERAL", "text": "안녕", "unfurl_links": "0", "no_such_argument": "1"}
    url, headers = sandbox.api_url + "chat.postMessage", {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        if form == "query":
            response = await session.post(url, params=simple | {"blocks": blocks})
        elif form == "form":
            response = await session.post(url, data=simple | {"blocks": blocks})
        elif form == "multipart":
            with aiohttp.MultipartWriter("form-data") as parts:
                for name, value in (simple | {"blocks": blocks}).items():
                    part = parts.append(value)
                    part.set_content_disposition("form-data", name=name)
            response = await session.post(url, data=parts)
        elif form == "json":
            response = await session.post(url, json=simple | {"blocks": [{"type": "divider"}]})
        else:
            response = await session.post(url, json=simple | {"blocks": blocks})
        answer = await response.json()
    assert answer["ok"], answer
    assert answer["message"]["text"] == "안녕"
    assert answer["message"]["blocks"][0]["type"] == "divider"
    assert answer["message"]["blocks"][0]["block_id"]


async def test_channels_that_cannot_be_seen_are_not_found_and_others_not_joined(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    await sandbox.leave("footnote", "people-team")
    hidden = await refusal(client.chat_postMessage(channel="C04PEOPLE0", text="?"))
    public = await refusal(client.chat_postMessage(channel="C03RANDOM0", text="?"))
    assert (hidden["error"], public["error"]) == ("channel_not_found", "not_in_channel")


async def test_history_is_paged_newest_first_and_ends_with_an_empty_cursor(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    sent = [await sandbox.say("alex", "general", f"number {number}") for number in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_history(channel="C01GENERAL", limit=2, cursor=cursor)
        seen += [message["ts"] for message in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
        assert page["has_more"] is bool(cursor)
        if not cursor:
            break
    assert seen == sent[::-1]
    after = await client.conversations_history(channel="C01GENERAL", oldest=sent[3])
    assert [message["ts"] for message in after["messages"]] == [sent[4]]
    wrong = await refusal(client.conversations_history(channel="C01GENERAL", cursor="nonsense"))
    assert wrong["error"] == "invalid_cursor"


async def test_metadata_comes_back_in_replies_only_when_asked_for(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    ts = await sandbox.say("jiwoo", "general", "질문")
    metadata = {"event_type": "footnote_answer", "event_payload": {"outbox_id": "7"}}
    await client.chat_postMessage(channel="C01GENERAL", thread_ts=ts, text="답", metadata=metadata)
    plain = await client.conversations_replies(channel="C01GENERAL", ts=ts)
    whole = await client.conversations_replies(channel="C01GENERAL", ts=ts, include_all_metadata=True)
    root, reply = whole["messages"]
    assert (root["thread_ts"], root["reply_count"], reply["thread_ts"]) == (ts, 1, ts)
    assert reply["metadata"] == metadata
    assert "metadata" not in plain["messages"][1]


async def test_an_update_without_blocks_takes_the_blocks_away(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C01GENERAL", text="a", blocks=[{"type": "divider"}])
    await client.chat_update(channel="C01GENERAL", ts=posted["ts"], text="b & c")
    (message,) = (await client.conversations_history(channel="C01GENERAL"))["messages"]
    assert message["text"] == "b &amp; c"
    # what stands there now is what Slack makes of the text
    (block,) = message["blocks"]
    assert block["elements"][0]["elements"] == [{"type": "text", "text": "b & c"}]


async def test_a_message_of_the_bot_with_text_alone_gets_a_rich_text_block(client: AsyncWebClient) -> None:
    text = "<!here> <@U01JIWOO00> *see* <https://a.example?b=1&c=2|the page> <!subteam^S01PEOPLE0>"
    posted = await client.chat_postMessage(channel="C01GENERAL", text=text)
    (block,) = posted["message"]["blocks"]
    assert (block["type"], bool(block["block_id"])) == ("rich_text", True)
    assert [part for part in block["elements"][0]["elements"] if part.get("text") != " "] == [
        {"type": "broadcast", "range": "here"},
        {"type": "user", "user_id": "U01JIWOO00"},
        {"type": "text", "text": "see", "style": {"bold": True}},
        {"type": "link", "url": "https://a.example?b=1&c=2", "text": "the page"},
        {"type": "usergroup", "usergroup_id": "S01PEOPLE0"},
    ]


async def test_bad_blocks_are_refused_with_the_place_of_the_fault(client: AsyncWebClient) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    data = await refusal(client.chat_postMessage(channel="C01GENERAL", text="a", blocks=[block]))
    assert data["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0/text/text]" in data["errors"][0]
    assert data["response_metadata"]["messages"][0].startswith("[ERROR]")


async def test_text_is_stored_escaped_and_mentions_and_links_in_brackets(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    ts = await sandbox.say("jiwoo", "general", "@footnote님 <b>1 & 2</b> https://a.example/?a=1&b=2.")
    message = (await client.conversations_history(channel="C01GENERAL"))["messages"][0]
    assert message["ts"] == ts
    assert message["text"] == (
        "<@U09FOOTNOTE>님 &lt;b&gt;1 &amp; 2&lt;/b&gt; <https://a.example/?a=1&amp;b=2>."
    )
    elements = message["blocks"][0]["elements"][0]["elements"]
    assert elements[0] == {"type": "user", "user_id": "U09FOOTNOTE"}
    assert elements[1] == {"type": "text", "text": "님 <b>1 & 2</b> "}
    assert elements[2] == {"type": "link", "url": "https://a.example/?a=1&b=2"}


async def test_a_bot_may_send_control_sequences_and_loose_brackets_are_escaped(
    client: AsyncWebClient,
) -> None:
    sent = "<@U01JIWOO00> a < b && c &lt; d <https://a.example|here>"
    posted = await client.chat_postMessage(channel="C01GENERAL", text=sent)
    assert posted["message"]["text"] == (
        "<@U01JIWOO00> a &lt; b &amp;&amp; c &lt; d <https://a.example|here>"
    )


async def test_a_user_id_posts_into_the_direct_messages(sandbox: Sandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U02ALEX000", text="hi")
    opened = await client.conversations_open(users="U02ALEX000")
    assert posted["channel"] == opened["channel"]["id"] == sandbox.dm("alex")


async def test_users_carry_their_locale_and_no_email_without_the_scope() -> None:
    async with Sandbox(app=App(scopes=App.scopes - {"users:read.email"})) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        user = (await client.users_info(user="U03MINSU00", include_locale=True))["user"]
        assert (user["real_name"], user["locale"]) == ("민수 이", "ko-KR")
        assert "email" not in user["profile"]
        assert (await refusal(client.users_lookupByEmail(email="a@example.com")))["error"] == "missing_scope"


async def test_paging_users_and_members_reaches_everybody_once(client: AsyncWebClient) -> None:
    async def all_of(method: str, key: str, **given: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = await client.api_call(method, params={"limit": 2, "cursor": cursor, **given})
            found += [item if isinstance(item, str) else item["id"] for item in page[key]]
            cursor = page["response_metadata"]["next_cursor"]
            if not cursor:
                return found

    users = await all_of("users.list", "members")
    assert len(users) == len(set(users)) == 7
    members = await all_of("conversations.members", "members", channel="C01GENERAL")
    assert members == ["U01JIWOO00", "U02ALEX000", "U03MINSU00", "U06DEPLOY00", "U09FOOTNOTE"]


async def test_reactions_are_added_once_and_taken_away_once(sandbox: Sandbox, client: AsyncWebClient) -> None:
    ts = await sandbox.say("alex", "general", "hello")
    given = {"channel": "C01GENERAL", "timestamp": ts, "name": "eyes"}
    await client.reactions_add(**given)
    assert (await refusal(client.reactions_add(**given)))["error"] == "already_reacted"
    assert sandbox.messages("general")[0]["reactions"][0]["users"] == ["U09FOOTNOTE"]
    await client.reactions_remove(**given)
    assert (await refusal(client.reactions_remove(**given)))["error"] == "no_reaction"


async def test_only_own_messages_may_be_changed(sandbox: Sandbox, client: AsyncWebClient) -> None:
    ts = await sandbox.say("alex", "general", "mine")
    changing = await refusal(client.chat_update(channel="C01GENERAL", ts=ts, text="yours"))
    deleting = await refusal(client.chat_delete(channel="C01GENERAL", ts=ts))
    assert (changing["error"], deleting["error"]) == ("cant_update_message", "cant_delete_message")


async def test_a_deleted_root_with_replies_leaves_a_tombstone(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    root = (await client.chat_postMessage(channel="C01GENERAL", text="root"))["ts"]
    await sandbox.say("alex", "general", "reply", root)
    await client.chat_delete(channel="C01GENERAL", ts=root)
    kept, reply = sandbox.messages("general", root)
    assert (kept["subtype"], reply["text"]) == ("tombstone", "reply")


async def test_an_ephemeral_message_is_seen_by_one_and_stands_in_no_history(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C01GENERAL", user="U02ALEX000", text="only you")
    assert [message["text"] for message in sandbox.ephemerals("alex", "general")] == ["only you"]
    assert sandbox.ephemerals("jiwoo", "general") == []
    assert (await client.conversations_history(channel="C01GENERAL"))["messages"] == []


async def test_a_reply_to_a_reply_or_to_nothing_is_refused(sandbox: Sandbox, client: AsyncWebClient) -> None:
    root = await sandbox.say("alex", "general", "root")
    reply = await sandbox.say("alex", "general", "reply", root)
    for thread_ts, error in (
        (reply, "cannot_reply_to_message"),
        ("1700000000.000001", "thread_not_found"),
        ("yesterday", "invalid_thread_ts"),
    ):
        data = await refusal(client.chat_postMessage(channel="C01GENERAL", thread_ts=thread_ts, text="?"))
        assert data["error"] == error


async def test_a_rate_limit_is_http_429_with_retry_after_and_does_nothing(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    sandbox.faults.rate_limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C01GENERAL", text="once")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert sandbox.messages("general") == []
    await client.chat_postMessage(channel="C01GENERAL", text="twice")
    assert [message["text"] for message in sandbox.messages("general")] == ["twice"]


async def test_a_lost_reply_leaves_the_message_to_be_found_by_its_metadata(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    ts = await sandbox.say("alex", "general", "question")
    sandbox.faults.lose_reply("chat.postMessage")
    metadata = {"event_type": "footnote_answer", "event_payload": {"outbox_id": "9"}}
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C01GENERAL", thread_ts=ts, text="answer", metadata=metadata)
    found = await client.conversations_replies(channel="C01GENERAL", ts=ts, include_all_metadata=True)
    assert found["messages"][1]["metadata"]["event_payload"]["outbox_id"] == "9"


async def test_a_permalink_leads_to_the_page(sandbox: Sandbox, client: AsyncWebClient) -> None:
    ts = await sandbox.say("alex", "general", "root")
    link = (await client.chat_getPermalink(channel="C01GENERAL", message_ts=ts))["permalink"]
    assert link == f"{sandbox.url}/archives/C01GENERAL/p{ts.replace('.', '')}"
    async with aiohttp.ClientSession() as session, session.get(link) as response:
        assert response.status == 200


async def test_several_people_are_opened_as_one_group_and_again_as_the_same() -> None:
    async with Sandbox(app=App(scopes=App.scopes | {"mpim:write"})) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        first = await client.conversations_open(users=["U02ALEX000", "U03MINSU00"])
        again = await client.conversations_open(users=["U03MINSU00", "U02ALEX000"], return_im=True)
        assert "already_open" not in first.data
        assert again["already_open"]
        assert again["channel"]["id"] == first["channel"]["id"]
        assert again["channel"]["is_mpim"]
        crowd = [user.id for user in sandbox.workspace.users.values()] + ["U0NOBODY00"]
        assert (await refusal(client.conversations_open(users=crowd)))["error"] == "user_not_found"


async def test_the_channels_of_a_person_are_told_as_far_as_the_bot_sees_them(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    await sandbox.leave("footnote", "people-team")
    answer = await client.users_conversations(user="U03MINSU00", types="public_channel,private_channel")
    names = [channel["name"] for channel in answer["channels"]]
    assert names == ["general", "handbook-ko", "random"]
    assert (await refusal(client.users_conversations(user="U0NOBODY00")))["error"] == "user_not_found"


async def test_strangers_and_other_bots_are_told_apart_from_colleagues(client: AsyncWebClient) -> None:
    stranger = (await client.users_info(user="U05HANA000"))["user"]
    assert (stranger["team_id"], stranger["is_stranger"]) == ("T02PARTNER", True)
    other = (await client.bots_info(bot="B06DEPLOY00"))["bot"]
    assert (other["name"], other["user_id"]) == ("deploybot", "U06DEPLOY00")
    assert (await refusal(client.bots_info(bot="B0NOBODY00")))["error"] == "bot_not_found"


async def test_groups_of_people_are_listed_with_their_members() -> None:
    async with Sandbox() as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        (group,) = (await client.usergroups_list(include_users=True, include_count=True))["usergroups"]
        members = (await client.usergroups_users_list(usergroup=group["id"]))["users"]
        assert group["users"] == members == ["U01JIWOO00", "U03MINSU00"]
        assert group["user_count"] == 2
        wrong = client.usergroups_users_list(usergroup="S0NOBODY00")
        assert (await refusal(wrong))["error"] == "no_such_subteam"


async def test_reactions_are_read_back_with_the_message() -> None:
    async with Sandbox(app=App(scopes=App.scopes | {"reactions:read"})) as sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
        ts = await sandbox.say("alex", "general", "hello")
        await sandbox.react("jiwoo", "general", ts, "wave")
        answer = await client.reactions_get(channel="C01GENERAL", timestamp=ts)
    assert answer["message"]["reactions"] == [{"name": "wave", "users": ["U01JIWOO00"], "count": 1}]


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("application/json; charset=utf-8", b'{"channel": ', "invalid_json"),
        ("application/json; charset=utf-8", b"[1]", "json_not_object"),
        ("application/json; charset=utf-8", b"[" * 100_000, "invalid_json"),
        ("multipart/form-data; boundary=x", b"--x\r\nno head", "invalid_form_data"),
        ("text/xml", b"<a/>", "invalid_post_type"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_by_its_kind(
    sandbox: Sandbox, content_type: str, body: bytes, error: str
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.bot_token}", "Content-Type": content_type}
    url = sandbox.api_url + "chat.postMessage"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=body) as response:
        assert (response.status, (await response.json())["error"]) == (200, error)


@pytest.mark.parametrize(
    ("content_type", "body", "warning"),
    [
        ("application/json", b"{}", "missing_charset"),
        ("application/json; charset=utf-8", b"{}", None),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=b", "superfluous_charset"),
        ("application/x-www-form-urlencoded", b"a=b", None),
    ],
)
async def test_a_charset_that_is_missing_or_superfluous_is_remarked_on(
    sandbox: Sandbox, content_type: str, body: bytes, warning: str | None
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.bot_token}", "Content-Type": content_type}
    url = sandbox.api_url + "auth.test"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=body) as response:
        answer = await response.json()
    assert answer["ok"]
    assert answer.get("warning") == warning
    assert answer.get("response_metadata", {}).get("warnings") == ([warning] if warning else None)
