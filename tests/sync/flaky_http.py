"""A bucket over real HTTP, read by the S3 connector, whose server fails on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from urllib.parse import unquote
from xml.sax.saxutils import escape

from connectors.base import Machine
from connectors.s3 import S3
from tests.connectors.http_source import Request, Response, Served, serving

PAGE = 20


@dataclass
class Bucket:
    """As much of S3 as a listing in pages and a GET. `texts` is what it really has."""

    random: Random
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    fault: str = ""
    served: Served | None = None

    FAULTS = ("", "", "429", "500", "truncated", "away", "empty", "half", "loop", "fetch", "garbage")

    @classmethod
    @contextmanager
    def serving(cls, chance: Random) -> Iterator[Bucket]:
        bucket = cls(chance)
        with serving(bucket.answer) as served:
            bucket.served = served
            yield bucket

    @property
    def connector(self) -> S3:
        assert self.served
        return S3(
            bucket="docs",
            endpoint_url=self.served.url,
            addressing="path",
            region="ap-northeast-2",
            url="https://files/{key}",
            machine=Machine(private=("127.0.0.1",)),
        )

    def write(self, name: str, text: str) -> None:
        etag = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        self.texts[name] = (f"{etag}-{len(text.encode())}", text)

    def delete(self, name: str) -> None:
        del self.texts[name]

    def prepare(self) -> None:
        """What goes wrong in the next sync: sometimes so briefly that the connector itself gets over it."""
        assert self.served
        self.mend()
        self.fault = self.random.choice(self.FAULTS)
        after, times = self.random.randrange(6), self.random.choice((1, 1, 1, 30))
        if self.fault in ("429", "500"):
            self.served.fail(int(self.fault), {"Retry-After": "0"}, after=after, times=times)
        elif self.fault == "truncated":
            self.served.truncate(times=times)

    def mend(self) -> None:
        assert self.served
        self.fault = ""
        self.served.fail(500, times=0)
        self.served.truncate(times=0)

    def answer(self, request: Request) -> Response:
        key = unquote(request.path).removeprefix("/docs").lstrip("/")
        if not key:
            return self._page(request)
        if self.fault == "fetch" and self.random.random() < 0.3:
            return Response(403, b"<Error><Code>InternalError</Code></Error>")
        if key not in self.texts:
            return Response(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return Response(200, self.texts[key][1].encode(), {"Last-Modified": "Sat, 21 Nov 2026 09:00:00 GMT"})

    def _page(self, request: Request) -> Response:
        start = int(request.query.get("continuation-token", "0"))
        if self.fault == "garbage":
            return Response(200, b"<html>Sign in to the wireless network</html>")
        if self.fault == "away" and start:
            return Response(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        names = sorted(self.texts)
        if self.fault == "empty":
            names = []
        if self.fault == "half":
            names = names[: len(names) // 2]
        following = start + PAGE
        has_more = following < len(names)
        token = start if self.fault == "loop" and start else following
        entries = "".join(
            f"<Contents><Key>{escape(name)}</Key><ETag>&quot;{self.texts[name][0].split('-')[0]}&quot;</ETag>"
            f"<Size>{self.texts[name][0].split('-')[1]}</Size>"
            "<LastModified>2026-11-21T09:00:00.000Z</LastModified></Contents>"
            for name in names[start:following]
        )
        more = f"<NextContinuationToken>{token}</NextContinuationToken>" if has_more else ""
        return Response(
            200,
            (
                '<?xml version="1.0" encoding="UTF-8"?>'
                '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>docs</Name>'
                f"<IsTruncated>{'true' if has_more else 'false'}</IsTruncated>{more}{entries}"
                "</ListBucketResult>"
            ).encode(),
            {"Content-Type": "application/xml"},
        )
