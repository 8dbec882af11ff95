"""A real HTTP server in a thread, that answers as a test says and fails on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """Without the query, still quoted."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By name in small letters."""
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Response]


class Served:
    """What the server does; `requests` is what it was asked, failures included."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.url = ""
        self._lock = threading.Lock()
        self._let_pass = 0
        self._failing: Response | None = None
        self._failures = 0
        self._truncations = 0
        self._server: ThreadingHTTPServer | None = None

    def fail(
        self, status: int, headers: Mapping[str, str] | None = None, *, after: int = 0, times: int = 1_000_000
    ) -> None:
        """Answer `status`, so many times, once `after` more requests have been answered well."""
        with self._lock:
            self._let_pass, self._failures = after, times
            self._failing = Response(status, b'{"error": "as the test says"}', headers or {})

    def truncate(self, *, times: int) -> None:
        """Break off in the middle of that many answers."""
        with self._lock:
            self._truncations = times

    def stop(self) -> None:
        """From now on nobody listens at the address."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def respond(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether to break off in it."""
        with self._lock:
            self.requests.append(request)
            if self._failing and self._failures:
                if self._let_pass:
                    self._let_pass -= 1
                else:
                    self._failures -= 1
                    return self._failing, False
            truncated = self._truncations > 0
            self._truncations -= truncated
        return self.answer(request), truncated


@contextmanager
def serving(answer: Answer) -> Iterator[Served]:
    """Serve on a free port of 127.0.0.1; `url` is the address, without a slash at its end."""
    served = Served(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body in one piece: the second of two waits 40 ms for the client to confirm the first
        wbufsize = -1

        def _handle(self) -> None:
            if served._server is None:  # stopped, though this connection was kept open
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            response, truncated = served.respond(Request(self.command, parts.path, query, headers, body))
            self.send_response_only(response.status)
            if "Date" not in response.headers:
                self.send_header("Date", self.date_time_string())
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body) + truncated))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)
            self.close_connection = truncated

        do_GET = do_HEAD = do_POST = do_PUT = _handle

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what some tests do."""

    server = Server(("127.0.0.1", 0), Handler)
    served._server = server
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield served
    finally:
        served.stop()
