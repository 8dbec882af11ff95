"""The client of all connectors, over real sockets: what it asks again, what it refuses, where it may go."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.addresses import Addresses, AddressRefused
from connectors.base import CredentialsRejected, ItemUnreadable, Machine, SourceUnavailable
from connectors.http import (
    TRIES,
    StatusRefused,
    TooLarge,
    checked,
    json_of,
    polite_client,
    shape_promised,
)
from tests.connectors.http_source import Request, Response, Served, serving

HERE = Machine(private=("127.0.0.1",))
QUICK = 1_000.0


@pytest.fixture
def served() -> Iterator[Served]:
    def answer(request: Request) -> Response:
        if request.path == "/away":
            return Response(302, headers={"Location": request.query.get("to", "/away")})
        if request.path == "/zip":
            return Response(200, gzip.compress(b"0" * 5_000_000), {"Content-Encoding": "gzip"})
        return Response(200, b'{"said": "hello"}', {"Content-Type": "application/json"})

    with serving(answer) as server:
        yield server


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_source_is_asked_again(served: Served, status: int) -> None:
    served.fail(status, times=TRIES - 1)
    with polite_client(HERE, per_second=QUICK) as client:
        assert json_of(client.get(f"{served.url}/a")) == {"said": "hello"}
    assert len(served.requests) == TRIES


def test_a_source_that_stays_busy_is_unavailable_and_says_its_status(served: Served) -> None:
    served.fail(503)
    with (
        polite_client(HERE, per_second=QUICK) as client,
        pytest.raises(StatusRefused, match=r"answers 503") as caught,
    ):
        checked(client.get(f"{served.url}/a?token=hidden"))
    assert caught.value.status == 503
    assert "hidden" not in str(caught.value)


def test_a_source_that_wants_to_be_left_alone_for_an_hour_is_not_asked_again(served: Served) -> None:
    served.fail(429, {"Retry-After": "3600"})
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(StatusRefused):
        checked(client.get(served.url))
    assert len(served.requests) == 1


def test_an_answer_that_breaks_off_is_asked_for_again(served: Served) -> None:
    served.truncate(times=2)
    with polite_client(HERE, per_second=QUICK) as client:
        assert json_of(client.get(served.url)) == {"said": "hello"}


def test_an_answer_that_always_breaks_off_is_unavailable(served: Served) -> None:
    served.truncate(times=100)
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(SourceUnavailable):
        client.get(served.url)


def test_rejected_credentials_are_told_apart_from_other_refusals(served: Served) -> None:
    with polite_client(HERE, per_second=QUICK) as client:
        served.fail(401, times=1)
        with pytest.raises(CredentialsRejected):
            checked(client.get(served.url))
        served.fail(404, times=1)
        with pytest.raises(StatusRefused, match="the page: the source answers 404"):
            checked(client.get(served.url), "the page")


def test_an_answer_that_is_no_json_is_unavailable() -> None:
    with (
        serving(lambda _: Response(200, b"<html>log in</html>")) as served,
        polite_client(HERE, per_second=QUICK) as client,
        pytest.raises(SourceUnavailable, match="JSON"),
    ):
        json_of(client.get(served.url))


def test_an_answer_that_unpacks_to_too_much_is_not_read(served: Served) -> None:
    with (
        polite_client(HERE, per_second=QUICK, max_bytes=1_000_000) as client,
        pytest.raises(TooLarge, match="1,000,000"),
    ):
        client.get(f"{served.url}/zip")


def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(SourceUnavailable):
        client.get(f"http://127.0.0.1:{port}/")


def test_a_name_nobody_knows_is_unavailable() -> None:
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(SourceUnavailable):
        client.get("http://nowhere.invalid/")


PRIVATE = [
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "[::1]",
    "[::ffff:127.0.0.1]", "0.0.0.0", "[::]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_what_is_not_allowed_is_never_connected_to(served: Served, host: str) -> None:
    port = served.url.rpartition(":")[2]
    with polite_client(Machine(), per_second=QUICK) as client, pytest.raises(SourceUnavailable):
        client.get(f"http://{host}:{port}/")
    assert served.requests == []


def test_a_redirect_leads_only_where_a_request_may_go(served: Served) -> None:
    port = served.url.rpartition(":")[2]
    with (
        polite_client(HERE, per_second=QUICK) as client,
        pytest.raises(AddressRefused, match=r"private address 127\.0\.0\.2"),
    ):
        client.get(f"{served.url}/away", params={"to": f"http://user:pass@127.0.0.2:{port}/"})
    assert [request.path for request in served.requests] == ["/away"]


def test_redirects_that_lead_in_a_circle_end(served: Served) -> None:
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(SourceUnavailable, match="redirect"):
        client.get(f"{served.url}/away", params={"to": f"{served.url}/away?to=/away"})


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(served: Served, to: str) -> None:
    with polite_client(HERE, per_second=QUICK) as client, pytest.raises(SourceUnavailable):
        client.get(f"{served.url}/away", params={"to": to})
    assert len(served.requests) == 1


def test_addresses_of_clouds_are_refused_even_where_everything_private_is_allowed() -> None:
    allowed = Addresses(["0.0.0.0/0", "::/0", "169.254.169.254"])
    allowed.check("wiki", "10.1.2.3")
    with pytest.raises(AddressRefused, match="never"):
        allowed.check("metadata", "169.254.169.254")


def test_the_address_that_was_checked_is_the_one_connected_to(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time gains nothing."""
    answers = iter(["127.0.0.1"])
    real = socket.getaddrinfo

    def rebinding(host: str, *args: object, **kwargs: object) -> list[object]:
        return list(real(next(answers, "127.0.0.9") if host == "wiki.test" else host, *args, **kwargs))  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = served.url.rpartition(":")[2]
    with polite_client(Machine(private=("127.0.0.1",)), per_second=QUICK) as client:
        assert checked(client.get(f"http://wiki.test:{port}/"))
    assert len(served.requests) == 1


def test_several_threads_may_share_a_client(served: Served) -> None:
    with polite_client(HERE, per_second=50) as client:
        threads = [threading.Thread(target=client.get, args=(served.url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(served.requests) == 8


@pytest.mark.parametrize("answer", [None, [], {}, {"files": 3}, {"files": [0]}, {"files": [{"size": "x"}]}])
def test_an_answer_of_another_shape_is_the_sources_fault(answer: Any) -> None:
    said = "page 7: the answer is not what the source promises"
    with pytest.raises(ItemUnreadable, match=said), shape_promised("page 7", ItemUnreadable):
        int(answer["files"][0]["size"])


def test_an_error_of_the_source_passes_where_shapes_are_looked_at() -> None:
    with pytest.raises(StatusRefused), shape_promised("page 7", ItemUnreadable):
        raise StatusRefused("no", 404)
