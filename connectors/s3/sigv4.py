"""AWS Signature Version 4 for requests without a body, as S3 and all that speak like it expect them.

Source: "Create a signed AWS API request" in AWS's IAM guide. It is written here because botocore, whose
signer it is compared with in the tests, takes 31 MB for these forty lines.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from connectors.base import Secret

_EMPTY = hashlib.sha256(b"").hexdigest()


def signed_headers(
    url: httpx.URL, region: str, access_key: Secret, secret_key: Secret, session_token: Secret, now: datetime
) -> Mapping[str, str]:
    """The headers that make a GET of `url` one of the owner of the key. `now` is aware.

    The address must be quoted already as it will be sent, its query sorted by name.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": url.netloc.decode(),
        "x-amz-content-sha256": _EMPTY,
        "x-amz-date": moment,
    }
    if session_token:
        headers["x-amz-security-token"] = session_token.value
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [
            "GET",
            url.raw_path.partition(b"?")[0].decode(),
            url.query.decode(),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            _EMPTY,
        ]
    )
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"AWS4" + secret_key.value.encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key.value}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
