"""bot.children, with a real child: this file is the child's program too."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.children import Child
from bot.children.serving import give_way, serve
from bot.errors import ChildDied, FootnoteError, ModelBroken, ParseError

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest_asyncio.fixture
async def child() -> AsyncIterator[Child]:
    child = Child("tests.test_children", "works", name="echo")
    yield child
    await child.close()


async def test_a_call_gives_the_result_of_its_handler(child: Child) -> None:
    assert await child.call("add", {"a": 2, "b": 3}) == 5


async def test_bytes_and_korean_arrive_as_they_were(child: Child) -> None:
    assert await child.call("echo", {"value": {"안녕": b"\x00\xff"}}) == {"안녕": b"\x00\xff"}


async def test_calls_made_at_once_each_get_their_own_result(child: Child) -> None:
    sums = await asyncio.gather(*(child.call("add", {"a": number, "b": 1}) for number in range(50)))
    assert sums == list(range(1, 51))


def autogroup(pid: int | None) -> str:
    """The session of a process and how far it gives way, as the kernel says it. Empty without one."""
    try:
        return Path(f"/proc/{pid}/autogroup").read_text("ascii")
    except FileNotFoundError:
        return ""


async def test_a_child_that_gives_way_does_so_with_its_session(child: Child) -> None:
    before = autogroup(os.getpid())
    divided = bool(autogroup(child.pid))
    await child.call("give_way", {"by": 7})
    niceness = min(os.nice(0) + 7, 19)
    assert os.getpriority(os.PRIO_PROCESS, child.pid or 0) == niceness
    if divided:  # not within a control group of its own, as of a container: there its niceness counts
        assert autogroup(child.pid).split()[-1] == str(niceness)
    assert autogroup(os.getpid()) == before


async def test_a_stream_gives_items_in_order(child: Child) -> None:
    assert [item async for item in child.stream("count", {"to": 4})] == [0, 1, 2, 3]


async def test_closing_a_stream_early_stops_it_in_the_child(child: Child) -> None:
    stream = child.stream("count", {"to": 1_000_000_000, "pause": 0.001})
    async for item in stream:
        if item == 3:
            break
    await stream.aclose()
    # the child serves one call at a time: an answer shows that the endless one is over
    assert await asyncio.wait_for(child.call("add", {"a": 1, "b": 1}), 30) == 2


async def test_a_call_cancelled_while_it_waits_is_never_run(child: Child, tmp_path: Path) -> None:
    go = tmp_path / "go"
    busy = asyncio.create_task(child.call("wait_for", {"path": str(go)}))
    await _until((tmp_path / "go.waiting").exists)
    waiting = asyncio.create_task(child.call("mark", {"path": str(tmp_path / "never")}, priority=9))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go.touch()
    await busy
    await child.call("add", {"a": 1, "b": 1}, priority=10)
    assert not (tmp_path / "never").exists()


async def test_what_is_urgent_goes_before_what_waits(child: Child, tmp_path: Path) -> None:
    await child.start()
    go = tmp_path / "go"
    busy = asyncio.create_task(child.call("wait_for", {"path": str(go)}))
    await _until((tmp_path / "go.waiting").exists)
    order: list[str] = []

    async def ask(name: str, priority: int) -> None:
        await child.call("add", {"a": 0, "b": 0}, priority=priority)
        order.append(name)

    asked = [asyncio.create_task(ask("later", 5)), asyncio.create_task(ask("urgent", 0))]
    await asyncio.sleep(0.2)  # both frames are with the child before it is free
    go.touch()
    await asyncio.gather(busy, *asked)
    assert order == ["urgent", "later"]


async def test_errors_come_back_as_the_kind_they_were(child: Child) -> None:
    with pytest.raises(ParseError, match=r"a\.pdf is broken") as caught:
        await child.call("fail", {"kind": "ParseError"})
    assert caught.value.mend == "Save it again."


async def test_an_error_of_another_kind_becomes_one_for_people(child: Child) -> None:
    with pytest.raises(FootnoteError, match="ZeroDivisionError"):
        await child.call("divide", {"by": 0})
    with pytest.raises(FootnoteError, match="more memory"):
        await child.call("fail", {"kind": "MemoryError"})
    assert await child.call("add", {"a": 1, "b": 1}) == 2


async def test_kill_9_while_calling_fails_that_call_and_the_next_starts_anew(
    child: Child, tmp_path: Path
) -> None:
    await child.start()
    first = child.pid
    call = asyncio.create_task(child.call("wait_for", {"path": str(tmp_path / "go")}))
    await _until((tmp_path / "go.waiting").exists)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with pytest.raises(ChildDied, match="echo process ended by signal 9"):
        await call
    assert await child.call("add", {"a": 1, "b": 1}) == 2
    assert child.pid != first


async def test_a_child_killed_many_times_over_always_comes_back(child: Child) -> None:
    for number in range(5):
        assert await child.call("add", {"a": number, "b": 0}) == number
        await child.kill()
        assert child.pid is None


async def test_a_frame_that_is_none_ends_the_child_and_the_call(child: Child) -> None:
    for garbage in (b"\xc1", b"\x01", b"\x81\xa2id\x90"):  # not msgpack; a number; an id that is a list
        with pytest.raises(ChildDied, match="no frame"):
            await child.call("say_raw", {"data": garbage})
        assert await child.call("add", {"a": 1, "b": 1}) == 2


async def test_what_a_library_prints_does_not_disturb_the_frames(child: Child) -> None:
    assert await child.call("print", {"text": "loading..."}) == "printed"


async def test_secrets_of_the_parent_are_not_in_the_environment_of_the_child(
    monkeypatch: pytest.MonkeyPatch, child: Child
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    variables = await child.call("environment")
    assert "PATH" in variables
    assert "SLACK_BOT_TOKEN" not in variables
    assert "xoxb-canary" not in str(variables)


async def test_a_child_that_cannot_prepare_says_why_every_time() -> None:
    child = Child("tests.test_children", "broken", name="broken")
    for _ in range(2):
        with pytest.raises(ModelBroken, match="is no GGUF file"):
            await child.call("add", {"a": 1, "b": 1})
        assert child.pid is None


async def test_a_child_that_ends_at_once_is_reported_and_not_waited_for() -> None:
    child = Child("tests.test_children", "quits", name="quitter")
    with pytest.raises(ChildDied, match="quitter process ended with status 3"):
        await child.call("add", {"a": 1, "b": 1})


async def test_what_it_dies_of_at_its_start_is_left_out_for_good(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()  # time stands still: a death that counted would be told by the third start
    child = Child("tests.test_children", "works", name="echo", first=("--dies",), clock=clock)
    for _ in range(3):
        assert "--dies" not in await child.call("arguments")
        await child.kill()
    told = [record.message for record in caplog.records if "without --dies from now on" in record.message]
    assert len(told) == 1
    assert "signal 11" in told[0]


async def test_what_it_starts_with_is_given_every_time() -> None:
    child = Child("tests.test_children", "works", name="echo", first=("--lives",))
    child.arguments = ("works", "more")
    for _ in range(2):
        assert await child.call("arguments") == ["works", "more", "--lives"]
        await child.kill()


async def test_why_it_cannot_prepare_is_no_reason_to_leave_anything_out() -> None:
    child = Child("tests.test_children", "broken", name="broken", first=("--lives",))
    with pytest.raises(ModelBroken, match="is no GGUF file"):
        await child.start()
    child.arguments = ("works",)
    assert await child.call("arguments") == ["works", "--lives"]
    await child.close()


async def test_one_that_is_ended_while_it_starts_is_not_started_once_more() -> None:
    child = Child("tests.test_children", "sleeps", name="sleeper", first=("--lives",))
    starting = asyncio.create_task(child.start())
    await _until(lambda: child.pid is not None)
    await child.kill()
    with pytest.raises(ChildDied):
        await starting
    assert child.pid is None


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_one_that_dies_again_and_again_is_started_after_growing_pauses() -> None:
    clock = Clock()
    child = Child("tests.test_children", "quits", name="quitter", clock=clock)
    for deaths, pause in enumerate((0, 0, 1, 2, 4, 8, 16, 30, 30), 1):
        with pytest.raises(ChildDied, match="status 3"):
            await child.start()
        if pause:
            clock.now += pause - 0.5
            with pytest.raises(ChildDied, match=f"died {deaths} times in a row") as caught:
                await child.start()
            assert caught.value.mend == "It can be started again in 1 s."
            clock.now += 0.5


async def test_a_call_finished_between_two_deaths_lets_the_next_start_at_once() -> None:
    child = Child("tests.test_children", "works", name="echo", clock=Clock())  # time stands still
    for _ in range(3):
        with pytest.raises(ChildDied, match="signal 9"):
            await child.call("die")
        with pytest.raises(ParseError):  # an error is an outcome too
            await child.call("fail", {"kind": "ParseError"})
    for expected in ("signal 9", "signal 9", "signal 9", "3 times in a row"):
        with pytest.raises(ChildDied, match=expected):
            await child.call("die")
    await child.close()


async def test_a_disposable_one_may_die_as_often_as_it_has_to() -> None:
    child = Child("tests.test_children", "works", name="echo", disposable=True, clock=Clock())
    for _ in range(4):
        with pytest.raises(ChildDied, match="signal 9"):
            await child.call("die")
    await child.close()


async def test_to_end_it_on_purpose_is_no_death() -> None:
    child = Child("tests.test_children", "works", name="echo", clock=Clock())
    for _ in range(3):
        await child.start()
        await child.kill()
    assert await child.call("add", {"a": 1, "b": 1}) == 2
    await child.close()


async def test_a_call_larger_than_a_frame_is_refused_and_the_child_lives(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    await child.start()
    first = child.pid
    monkeypatch.setattr("bot.children.MAX_FRAME_BYTES", 1000)
    with pytest.raises(FootnoteError, match="more than the echo process takes"):
        await child.call("echo", {"value": b"x" * 2000})
    assert await child.call("add", {"a": 1, "b": 1}) == 2
    assert child.pid == first


async def test_close_lets_the_call_under_way_end_the_process_by_itself(child: Child) -> None:
    assert await child.call("add", {"a": 1, "b": 1}) == 2
    pid = child.pid
    await child.close()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await child.close()  # twice does no harm


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child of its parent's death")
    told = tmp_path / "pid"
    program = (
        "import asyncio, pathlib\n"
        "from bot.children import Child\n"
        "async def main():\n"
        "    child = Child('tests.test_children', 'works')\n"
        "    await child.start()\n"
        f"    pathlib.Path({str(told)!r}).write_text(str(child.pid))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as parent:
        _until_now(lambda: told.exists() and told.read_text() != "")
        pid = int(told.read_text())
        parent.kill()
    _until_now(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def _until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.01)


def _until_now(is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


# --- the child's program -----------------------------------------------------------------------------------


def _count(to: int, pause: float = 0.0) -> Iterator[int]:
    for number in range(to):
        time.sleep(pause)
        yield number


def _fail(kind: str) -> None:
    if kind == "MemoryError":
        raise MemoryError
    raise ParseError("a.pdf is broken.", mend="Save it again.")


def _wait_for(path: str) -> None:
    Path(f"{path}.waiting").touch()
    while not Path(path).exists():
        time.sleep(0.01)


def _say_raw(data: bytes) -> None:
    # the frames' own descriptor is the only pipe besides stdin
    for number in range(3, 20):
        try:
            if str(Path(f"/proc/self/fd/{number}").readlink()).startswith(("pipe:", "socket:")):
                os.write(number, data)
        except OSError:
            continue
    time.sleep(60)


def _print(text: str) -> str:
    os.write(1, text.encode())
    return "printed"


def _broken() -> None:
    raise ModelBroken("weights.gguf is no GGUF file.")


def _main(mode: str) -> None:
    if mode == "quits":
        raise SystemExit(3)
    if mode == "sleeps":
        time.sleep(600)
    if "--dies" in sys.argv:
        os.kill(os.getpid(), signal.SIGSEGV)
    serve(
        {
            "add": lambda a, b: a + b,
            "echo": lambda value: value,
            "count": _count,
            "fail": _fail,
            "divide": lambda by: 1 / by,
            "wait_for": _wait_for,
            "give_way": give_way,
            "mark": lambda path: Path(path).touch(),
            "say_raw": _say_raw,
            "print": _print,
            "arguments": lambda: sys.argv[1:],
            "environment": lambda: dict(os.environ),
            "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
        },
        prepare=_broken if mode == "broken" else None,
    )


if __name__ == "__main__":
    _main(sys.argv[1])
