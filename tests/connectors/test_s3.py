from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import (
    EVERYONE,
    CredentialsRejected,
    Item,
    ItemUnreadable,
    Machine,
    Secret,
    SourceUnavailable,
)
from connectors.s3 import S3
from connectors.s3.sigv4 import signed_headers
from tests.connectors.contract import HttpConnectorContract
from tests.connectors.http_source import Request, Response, serving
from tests.connectors.s3_server import REGION, Storage, storage

HERE = Machine(private=("127.0.0.1", "localhost"))
BUCKET = "handbook"
MAX_BYTES = 100_000


class S3Source:
    def __init__(self, running: Storage) -> None:
        self.storage = running
        self.served = running.served
        running.make_bucket(BUCKET)
        self.connector = S3(
            BUCKET,
            endpoint_url=running.served.url,
            region=REGION,
            access_key=Secret("AKIAEXAMPLE"),
            secret_key=Secret("not so secret, but looked for"),
            max_bytes=MAX_BYTES,
            machine=HERE,
        )

    def write(self, name: str, text: str) -> str:
        self.storage.put(BUCKET, name, text.encode())
        return unicodedata.normalize("NFC", name)

    def delete(self, name: str) -> None:
        self.storage.delete(BUCKET, name)

    def make_unreadable(self, name: str) -> None:
        self.storage.put(BUCKET, name, b"secret " * MAX_BYTES)

    def vanish(self) -> None:
        for item in self.connector.items(None).items:
            self.delete(item.id)
        self.storage.admin.delete(f"/{BUCKET}").raise_for_status()


@pytest.fixture(scope="module")
def running() -> Iterator[Storage]:
    with storage() as server:  # starting one takes seconds
        yield server


@pytest.fixture
def source(running: Storage) -> S3Source:
    running.reset()
    return S3Source(running)


class TestS3KeepsTheContract(HttpConnectorContract):
    @pytest.fixture
    def source(self, source: S3Source) -> S3Source:
        source.storage.page_size = 3
        return source


def ids(connector: S3) -> list[str]:
    return [item.id for item in connector.items(None).items]


def test_the_signature_is_what_the_storage_expects(source: S3Source) -> None:
    """moto computes it with botocore's signer and compares."""
    names = ["plain.md", "a b+c&d=e%20?.md", "휴가/연차 규정.md", "x//y.md", "~*'()!@#$,;:[].md"]
    for name in names:
        source.write(name, name)
    key_id, secret = source.storage.demand_signatures(("s3:ListBucket", "s3:GetObject"))
    mine = replace(source.connector, access_key=Secret(key_id), secret_key=Secret(secret))
    listing = mine.items(None)
    assert sorted(item.id for item in listing.items) == sorted(names)
    for item in listing.items:
        assert mine.fetch(item).content.decode() == item.id
    for wrong, said in (
        (replace(mine, secret_key=Secret("wrong")), "SignatureDoesNotMatch"),
        (replace(mine, access_key=Secret("AKIAWRONG")), "InvalidAccessKeyId"),
    ):
        with pytest.raises(CredentialsRejected, match=said) as caught:
            wrong.check()
        assert secret not in str(caught.value)
        with pytest.raises(CredentialsRejected):
            wrong.fetch(listing.items[0])


def test_a_key_without_the_right_to_list_is_told_which_right_it_needs(source: S3Source) -> None:
    source.write("a.md", "x")
    key_id, secret = source.storage.demand_signatures(("s3:GetObject",))
    mine = replace(source.connector, access_key=Secret(key_id), secret_key=Secret(secret))
    with pytest.raises(CredentialsRejected, match="s3:ListBucket"):
        mine.items(None)


def test_an_object_that_may_not_be_read_leaves_the_others(source: S3Source) -> None:
    source.write("a.md", "x")
    (item,) = source.connector.items(None).items
    key_id, secret = source.storage.demand_signatures(("s3:ListBucket",))
    mine = replace(source.connector, access_key=Secret(key_id), secret_key=Secret(secret))
    with pytest.raises(ItemUnreadable, match=r"a\.md: .*s3:GetObject is needed"):
        mine.fetch(item)


@given(
    key=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    token=st.sampled_from(["", "token"]),
)
def test_signatures_are_those_of_botocore(key: str, token: str) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    path = "/b/" + quote("/".join(p for p in key.split("/") if p not in (".", "..")), safe="/~")
    url = httpx.URL(f"https://storage.example.com:9000{path}?list-type=2&prefix={quote(key, safe='~')}")
    ours = dict(
        signed_headers(url, REGION, Secret("AKID"), Secret("secret"), Secret(token), datetime.now(UTC))
    )
    request = AWSRequest("GET", str(url), headers={"X-Amz-Content-SHA256": ours["x-amz-content-sha256"]})
    signer = S3SigV4Auth(Credentials("AKID", "secret", token or None), "s3", REGION)
    request.context["timestamp"] = ours["x-amz-date"]
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    if token:
        request.headers["X-Amz-Security-Token"] = token
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert ours["authorization"].endswith(signature)


def test_what_is_no_document_is_left_out(source: S3Source) -> None:
    for name in ("a.md", "b.png", "c/", "c/.hidden.md", ".git/d.md", "~$plan.docx", "empty dir/"):
        source.write(name, "x")
    assert ids(source.connector) == ["a.md"]
    assert (
        source.connector.check() == "1 documents in the bucket handbook; 1 objects of other kinds left out."
    )


def test_a_prefix_and_patterns_choose(source: S3Source) -> None:
    for name in ("hr/a.md", "hr/drafts/b.md", "hr/c.txt", "it/d.md"):
        source.write(name, "x")
    below = replace(source.connector, prefix="hr/")
    assert ids(below) == ["hr/a.md", "hr/c.txt", "hr/drafts/b.md"]
    assert ids(replace(below, exclude=("**/drafts/**",))) == ["hr/a.md", "hr/c.txt"]
    assert ids(replace(below, include=("**/*.txt",))) == ["hr/c.txt"]
    assert "below hr/" in below.check()


def test_a_key_in_both_unicode_forms_is_one_item_and_one_report(source: S3Source) -> None:
    source.write("규정.md", "composed")
    source.write(unicodedata.normalize("NFD", "규정.md"), "decomposed")
    listing = source.connector.items(None)
    assert [item.id for item in listing.items] == ["규정.md"]
    assert [id_ for id_, _ in listing.unreadable] == ["규정.md"]
    assert source.connector.fetch(listing.items[0]).content == b"composed"


def test_a_key_in_a_mixed_unicode_form_is_found_again(source: S3Source) -> None:
    mixed = "규정/" + unicodedata.normalize("NFD", "규정.md")
    source.write(mixed, "mixed")
    (item,) = source.connector.items(None).items
    assert source.connector.fetch(item).content == b"mixed"


def test_an_object_written_again_with_the_same_content_keeps_its_version(source: S3Source) -> None:
    source.write("a.md", "same")
    before = source.connector.items(None).items
    source.write("a.md", "same")
    assert source.connector.items(None).items == before


def test_everybody_may_read_and_links_open_where_people_look(source: S3Source) -> None:
    source.write("휴가 규정.md", "x")
    (item,) = source.connector.items(None).items
    quoted = "%ED%9C%B4%EA%B0%80%20%EA%B7%9C%EC%A0%95.md"
    assert source.connector.fetch(item).readers == {EVERYONE}
    assert source.connector.fetch(item).url == f"{source.served.url}/handbook/{quoted}"
    for template in ("https://files.example.com/?open={key}&x=1", "https://files.example.com/"):
        url = replace(source.connector, url=template).fetch(item).url
        expected = template.replace("{key}", quoted) if "{key}" in template else template + quoted
        assert url == expected


def test_the_bucket_stands_in_the_host_where_that_is_asked_for(source: S3Source) -> None:
    assert S3("docs", region=REGION)._base == f"https://docs.s3.{REGION}.amazonaws.com"
    assert S3("docs.kr", region=REGION)._base == f"https://s3.{REGION}.amazonaws.com/docs.kr"
    assert S3("docs", "https://minio:9000/")._base == "https://minio:9000/docs"
    assert S3("docs", "https://minio:9000", addressing="virtual")._base == "https://docs.minio:9000"


def test_a_public_bucket_is_read_without_a_signature(source: S3Source) -> None:
    source.write("a.md", "x")
    open_to_all = replace(source.connector, access_key=Secret(""), secret_key=Secret(""))
    assert ids(open_to_all) == ["a.md"]
    assert "authorization" not in source.served.requests[-1].headers
    source.served.fail(403)
    with pytest.raises(CredentialsRejected, match="Without a key"):
        open_to_all.check()


def test_half_a_pair_of_keys_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ValueError, match="go together"):
        S3("docs", access_key=Secret("AKIA"))


def test_the_api_is_told_apart_from_a_web_page(source: S3Source) -> None:
    with (
        serving(lambda _: Response(200, b"<html><body>console</body></html>")) as console,
        pytest.raises(SourceUnavailable, match="not of its web page"),
    ):
        replace(source.connector, endpoint_url=console.url).check()


def page(*keys: str, token: str = "", truncated: bool = False) -> bytes:
    contents = "".join(
        f"<Contents><Key>{key}</Key><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>" for key in keys
    )
    following = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        f"<ListBucketResult><IsTruncated>{str(truncated).lower()}</IsTruncated>{contents}{following}"
        "</ListBucketResult>"
    ).encode()


@pytest.mark.parametrize("token", ["same", ""])
def test_a_listing_that_goes_in_a_circle_ends(source: S3Source, token: str) -> None:
    with serving(lambda _: Response(200, page("a.md", token=token, truncated=True))) as circling:
        with pytest.raises(SourceUnavailable, match="circle"):
            replace(source.connector, endpoint_url=circling.url).items(None)
        assert len(circling.requests) <= 2


def test_an_error_with_status_200_is_an_error(source: S3Source) -> None:
    body = b"<Error><Code>InternalError</Code></Error>"
    with serving(lambda _: Response(200, body)) as failing, pytest.raises(SourceUnavailable):
        replace(source.connector, endpoint_url=failing.url).items(None)


def test_a_bucket_in_another_region_says_which(source: S3Source) -> None:
    body = b"<Error><Code>PermanentRedirect</Code></Error>"
    answer = Response(301, body, {"x-amz-bucket-region": "eu-west-1", "Location": "http://127.0.0.2/"})
    with serving(lambda _: answer) as elsewhere:
        with pytest.raises(SourceUnavailable, match='region = "eu-west-1"'):
            replace(source.connector, endpoint_url=elsewhere.url).check()
        assert len(elsewhere.requests) == 1  # the redirect was not followed


def test_an_archived_object_says_so(source: S3Source) -> None:
    body = b"<Error><Code>InvalidObjectState</Code></Error>"
    with (
        serving(lambda _: Response(403, body)) as archive,
        pytest.raises(ItemUnreadable, match=r"a\.md: is archived"),
    ):
        replace(source.connector, endpoint_url=archive.url).fetch(Item("a.md", "e-1"))


def test_keys_with_dots_for_parts_are_reported_and_never_asked_for(source: S3Source) -> None:
    with serving(lambda _: Response(200, page("../other/a.md", "b.md"))) as odd:
        odd_one = replace(source.connector, endpoint_url=odd.url)
        listing = odd_one.items(None)
        assert [item.id for item in listing.items] == ["b.md"]
        assert [id_ for id_, _ in listing.unreadable] == ["../other/a.md"]
        asked = len(odd.requests)
        with pytest.raises(ItemUnreadable):
            odd_one.fetch(Item("../other/a.md", "e-1"))
        assert len(odd.requests) == asked


def test_entities_in_an_answer_are_not_expanded(
    source: S3Source, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret"
    secret.write_text("secret.md")
    body = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode() + page("a.md").replace(
        b"a.md", b"&e;"
    )
    with serving(lambda _: Response(200, body)) as hostile:
        assert ids(replace(source.connector, endpoint_url=hostile.url)) == []


def test_a_private_address_is_visited_only_where_it_is_allowed(source: S3Source) -> None:
    with pytest.raises(SourceUnavailable, match="private"):
        replace(source.connector, machine=Machine()).check()
    assert source.served.requests == []


def test_ten_thousand_objects_are_listed(source: S3Source) -> None:
    def answer(request: Request) -> Response:
        start = int(request.query.get("continuation-token", "0"))
        keys = [f"d/{number:05}.md" for number in range(start, start + 1000)]
        return Response(200, page(*keys, token=str(start + 1000), truncated=start < 9000))

    with serving(answer) as large:
        assert len(set(ids(replace(source.connector, endpoint_url=large.url)))) == 10_000
        assert len(large.requests) == 10


def test_a_count_of_one_page_is_said_to_be_no_total(source: S3Source) -> None:
    for number in range(6):
        source.write(f"{number}.md", "x")
    source.storage.page_size = 5
    assert source.connector.check().startswith("at least 5 documents")
