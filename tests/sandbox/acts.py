"""What anybody may try in a workspace. Three numbers choose who, where and what; a refusal is no failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tests.sandbox.crowd import BOT, PEOPLE, Act, Crowd, Said

T = TypeVar("T")


def one_of(choices: Sequence[T], number: int) -> T | None:
    return choices[number % len(choices)] if choices else None


def _place(here: Crowd, number: int) -> str:
    return list(here.members)[number % len(here.members)]


def _thread(here: Crowd, place: str, number: int) -> Said | None:
    """In two of three cases a root of this channel; it may have been deleted."""
    roots = [one for one in here.said.values() if one.channel == place and not one.root]
    return one_of(roots, number // 3) if number % 3 else None


# --- people -------------------------------------------------------------------------------------------------


async def say(here: Crowd, who: int, where: int, what: int) -> None:
    person, place = PEOPLE[who % len(PEOPLE)], _place(here, where)
    root, broadcast = _thread(here, place, what), what % 7 == 0
    mark = here.mark(place)
    answer = await here.do(
        "say", person, channel=place, text=mark, thread_ts=root.ts if root else "", broadcast=broadcast
    )
    _noted(here, answer, place, person, [mark], root, broadcast)


def _noted(
    here: Crowd, answer: dict[str, object], place: str, author: str, marks: list[str], root: Said | None,
    broadcast: bool = False, *, is_stream: bool = False,
) -> None:  # fmt: skip
    if not answer["ok"]:
        for mark in marks:
            here.unmark(mark)
        return
    assert author in here.members[place], f"{author} spoke in {place} without being in it"
    ts, root_ts = str(answer["ts"]), root.ts if root else ""
    in_channel = not root or broadcast
    here.note(Said(place, ts, author, marks, root=root_ts, in_channel=in_channel, is_stream=is_stream))


async def upload(here: Crowd, who: int, where: int, what: int) -> None:
    person, place = PEOPLE[who % len(PEOPLE)], _place(here, where)
    root, name, comment = _thread(here, place, what), here.mark(place), here.mark(place)
    here.marks[name].audience.add(person)
    where_to = {"channel": place, "thread_ts": root.ts if root else "", "comment": comment}
    async with here.session.post(
        f"{here.sandbox.url}/page/upload",
        params={"user": person, "name": f"{name}.txt", **where_to},
        data=f"{name} {what}".encode(),
        headers={"Content-Type": "application/octet-stream"},
    ) as response:
        assert response.status == 200
        answer = await response.json()
    if not answer["ok"]:
        here.unmark(name)
    _noted(here, answer, place, person, [comment], root)
    if answer["ok"]:
        here.said[place, str(answer["ts"])].beside.append(name)


async def edit(here: Crowd, who: int, where: int, what: int) -> None:
    person = PEOPLE[who % len(PEOPLE)]
    said = one_of(here.standing(), where)
    if said is None:
        return
    mark = here.mark(said.channel)
    answer = await here.do("edit", person, channel=said.channel, ts=said.ts, text=mark)
    if not answer["ok"]:
        here.unmark(mark)
        return
    assert said.author == person, "somebody edited another's message"
    for old in said.marks:
        here.marks[old].is_gone = True
    said.marks = [mark]


async def delete(here: Crowd, who: int, where: int, what: int) -> None:
    person = PEOPLE[who % len(PEOPLE)]
    said = one_of(here.standing(), where)
    if said and (await here.do("delete", person, channel=said.channel, ts=said.ts))["ok"]:
        assert said.author == person, "somebody deleted another's message"
        here.gone(said)


async def react(here: Crowd, who: int, where: int, what: int) -> None:
    if said := one_of(list(here.said.values()), where):
        name = ("eyes", "tada")[what % 2]
        await here.do("react", PEOPLE[who % len(PEOPLE)], channel=said.channel, ts=said.ts, name=name)


async def join(here: Crowd, who: int, where: int, what: int) -> None:
    person, place = PEOPLE[who % len(PEOPLE)], _place(here, where)
    invited = one_of((person, person, BOT, *PEOPLE), what) or person
    could_see, was_in = here.may_see(person, place), person in here.members[place]
    if (await here.do("join", person, channel=place, invited=invited))["ok"]:
        assert could_see, "somebody joined what they could not see"
        assert here.kinds[place] in ("public", "private"), "somebody was added to direct messages"
        assert invited == person or was_in, "somebody invited to where they are not"
        here.joined(invited, place)


async def leave(here: Crowd, who: int, where: int, what: int) -> None:
    """The page has no button for it, hence from inside."""
    person, place = (*PEOPLE, BOT)[who % 6], _place(here, where)
    if here.kinds[place] in ("public", "private") and person in here.members[place]:
        await here.sandbox.leave(person, place)
        here.left(person, place)


async def open_group(here: Crowd, who: int, where: int, what: int) -> None:
    person = PEOPLE[who % len(PEOPLE)]
    others = [PEOPLE[where % len(PEOPLE)], (BOT, *PEOPLE)[what % 6]]
    answer = await here.do("open_group", person, users=others)
    if answer["ok"] and answer["channel"] not in here.members:
        here.members[answer["channel"]] = {person, *others}
        here.kinds[answer["channel"]] = "mpim"


async def look_around(here: Crowd, who: int, where: int, what: int) -> None:
    person = PEOPLE[who % len(PEOPLE)]
    place = _place(here, where)
    if (await here.do("look_at", person, channel=place))["ok"]:
        assert here.may_see(person, place)
    if what % 2 and person != "U05HANA000":
        await here.do("open_app", person, tab=("messages", "home")[what // 2 % 2])


async def stop(here: Crowd, who: int, where: int, what: int) -> None:
    streams = [one for one in here.standing(of=BOT) if one.is_stream]
    if said := one_of(streams, where):
        person = PEOPLE[who % len(PEOPLE)]
        await here.do("stop", person, channel=said.channel, thread_ts=said.root or said.ts)


# --- the bot ------------------------------------------------------------------------------------------------


async def post(here: Crowd, who: int, where: int, what: int) -> None:
    place = _place(here, where)
    root, broadcast = _thread(here, place, what), what % 7 == 0
    mark = here.mark(place)
    answer = await here.call(
        "chat.postMessage", channel=place, text=mark, thread_ts=root and root.ts, reply_broadcast=broadcast
    )
    _noted(here, answer, place, BOT, [mark], root, broadcast)


async def update(here: Crowd, who: int, where: int, what: int) -> None:
    """Mostly of the bot's own; sometimes of anybody's."""
    said = one_of(here.standing(of=BOT if what % 4 else ""), where)
    if said is None:
        return
    mark = here.mark(said.channel)
    answer = await here.call("chat.update", channel=said.channel, ts=said.ts, text=mark)
    if not answer["ok"]:
        here.unmark(mark)
        return
    assert said.author == BOT, "the bot edited another's message"
    for old in said.marks:
        here.marks[old].is_gone = True
    said.marks = [mark]


async def take_back(here: Crowd, who: int, where: int, what: int) -> None:
    said = one_of(here.standing(of=BOT if what % 4 else ""), where)
    if said and (await here.call("chat.delete", channel=said.channel, ts=said.ts))["ok"]:
        assert said.author == BOT, "the bot deleted another's message"
        here.gone(said)


async def whisper(here: Crowd, who: int, where: int, what: int) -> None:
    person, place = PEOPLE[who % len(PEOPLE)], _place(here, where)
    mark = here.mark(place, only=person)
    answer = await here.call("chat.postEphemeral", channel=place, user=person, text=mark)
    if not answer["ok"]:
        here.unmark(mark)
        return
    assert {person, BOT} <= here.members[place], "an ephemeral message to or from somebody who is not there"


async def stream(here: Crowd, who: int, where: int, what: int) -> None:
    roots = [one for one in here.said.values() if not one.root]
    root = one_of(roots, where)
    if root is None:
        return
    person, marks = PEOPLE[who % len(PEOPLE)], [here.mark(root.channel), here.mark(root.channel)]
    answer = await here.call(
        "chat.startStream", channel=root.channel, thread_ts=root.ts, markdown_text=marks[0],
        recipient_user_id=person, recipient_team_id="T01SANDBOX",
    )  # fmt: skip
    _noted(here, answer, root.channel, BOT, marks[:1], root, is_stream=True)
    if not answer["ok"]:
        here.unmark(marks[1])
        return
    added = await here.call(
        "chat.appendStream", channel=root.channel, ts=answer["ts"], markdown_text=marks[1]
    )
    assert added["ok"]
    here.said[root.channel, answer["ts"]].marks = marks
    if what % 2:
        assert (await here.call("chat.stopStream", channel=root.channel, ts=answer["ts"]))["ok"]


async def tell(here: Crowd, who: int, where: int, what: int) -> None:
    """A status, a session with a title, prompts, a Home tab: what is no message."""
    if what % 4 == 0:
        person = PEOPLE[who % len(PEOPLE)]
        mark = here.mark("", only=person)
        block = {"type": "section", "text": {"type": "plain_text", "text": mark}}
        view = {"type": "home", "blocks": [block]}
        here.marks[mark].audience.add(BOT)  # its own work; it is told of it when the tab is opened
        old = [one for one in here.marks.values() if not one.place and person in one.audience]
        if not (await here.call("views.publish", user_id=person, view=view))["ok"]:
            here.unmark(mark)
        else:
            for one in old:
                one.is_gone = one is not here.marks[mark]
        return
    said = one_of([one for one in here.standing() if not one.root], where)
    if said is None:
        return
    mark = here.mark(said.channel)
    place = {"channel_id": said.channel, "thread_ts": said.ts}
    prompt = [{"title": mark, "message": mark}]
    answer = await {
        1: lambda: here.call("assistant.threads.setStatus", status=mark, **place),
        2: lambda: here.call("agents.sessions.setStatus", status="active", title=mark, **place),
        3: lambda: here.call("assistant.threads.setSuggestedPrompts", prompts=prompt, **place),
    }[what % 4]()
    if not answer["ok"]:
        here.unmark(mark)
    else:
        said.beside.append(mark)


async def applaud(here: Crowd, who: int, where: int, what: int) -> None:
    if said := one_of(list(here.said.values()), where):
        await here.call("reactions.add", channel=said.channel, timestamp=said.ts, name="wave")


async def move(here: Crowd, who: int, where: int, what: int) -> None:
    place = _place(here, where)
    if what % 2:
        could_see = BOT in here.members[place] or here.kinds[place] == "public"
        if (await here.call("conversations.join", channel=place))["ok"]:
            assert could_see, "the bot joined what it could not see"
            here.joined(BOT, place)
    elif here.kinds[place] in ("public", "private"):
        answer = await here.call("conversations.leave", channel=place)
        if answer["ok"] and not answer.get("not_in_channel"):
            here.left(BOT, place)


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        say, upload, edit, delete, react, join, leave, open_group, look_around, stop,
        post, update, take_back, whisper, stream, tell, applaud, move,
    )
}  # fmt: skip
