"""moto's S3 server behind a front that fails on demand. It checks signatures where a test asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tests.connectors.http_source import Request, Response, Served, serving

REGION = "ap-northeast-2"


@dataclass
class Storage:
    """A running server."""

    served: Served
    admin: httpx.Client
    """Speaks to the server itself, not to its front."""
    page_size: int = 0
    """Objects a page of a listing; 0 for as many as are asked for."""

    def reset(self) -> None:
        """Forget all buckets, users, faults and demands."""
        self.admin.post("/moto-api/reset-auth", content="inf").raise_for_status()
        self.admin.post("/moto-api/reset").raise_for_status()
        self.page_size = 0
        self.served.fail(500, times=0)
        self.served.truncate(times=0)
        self.served.requests.clear()

    def make_bucket(self, bucket: str) -> None:
        body = (
            '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        )
        self.admin.put(f"/{bucket}", content=body).raise_for_status()

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self.admin.put(f"/{bucket}/{quote(key)}", content=content).raise_for_status()

    def delete(self, bucket: str, key: str) -> None:
        self.admin.delete(f"/{bucket}/{quote(key)}").raise_for_status()

    def demand_signatures(self, actions: tuple[str, ...]) -> tuple[str, str]:
        """From now on only a key that may do these is heard; return its id and secret."""
        import boto3

        iam: Any = boto3.client(
            "iam",
            endpoint_url=str(self.admin.base_url),
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        iam.create_user(UserName="footnote")
        allowed = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_user_policy(UserName="footnote", PolicyName="read", PolicyDocument=policy)
        key = iam.create_access_key(UserName="footnote")["AccessKey"]
        iam.close()
        self.admin.post("/moto-api/reset-auth", content="0").raise_for_status()
        return key["AccessKeyId"], key["SecretAccessKey"]


@contextmanager
def storage() -> Iterator[Storage]:
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    # moto takes whoever names a key for the owner, as long as no test demands signatures
    named = {"Authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/{REGION}/s3/aws4_request, Signature=x"}
    with httpx.Client(base_url=f"http://{host}:{port}", headers=named, timeout=60) as admin:

        def forward(request: Request) -> Response:
            query = dict(request.query)
            if running.page_size and "list-type" in query:
                query["max-keys"] = str(running.page_size)
            headers = {
                name: value
                for name, value in request.headers.items()
                if name in ("authorization", "host") or name.startswith("x-amz-")
            }
            url = f"http://{host}:{port}{request.path}" + (f"?{urlencode(query)}" if query else "")
            answered = httpx.request(request.method, url, headers=headers, timeout=60)
            kept = ("content-type", "etag", "last-modified", "location")
            return Response(
                answered.status_code,
                answered.content,
                {name: value for name, value in answered.headers.items() if name in kept or "amz" in name},
            )

        with serving(forward) as served:
            running = Storage(served, admin)
            try:
                yield running
            finally:
                running.reset()
                moto.stop()
