"""Pages leave compressed, and nothing else is touched on the way."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from anlan.web.packing import PackPages

UNDERSTOOD = {"accept-encoding": "gzip, deflate, br"}


@pytest.mark.django_db
def test_a_page_leaves_compressed_where_the_browser_understands_it() -> None:
    plain, packed = Client().get("/"), Client(headers=UNDERSTOOD).get("/")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


@pytest.mark.django_db
def test_two_answers_of_one_page_are_rarely_equally_long() -> None:
    """A random number of bytes more: the length of an answer tells nothing of what is in it."""
    client = Client(headers=UNDERSTOOD)
    assert len({len(client.get("/track").content) for _ in range(12)}) > 1


@pytest.mark.parametrize(
    ("kind", "is_packed"),
    [
        ("text/html; charset=utf-8", True), ("text/csv; charset=utf-8", True), ("image/jpeg", False),
        ("application/json", False), ("application/pdf", False), ("", False),
    ],
)  # fmt: skip
def test_only_pages_and_tables_are_compressed(kind: str, is_packed: bool) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"a" * 1000, headers={"Content-Type": kind})

    found = PackPages(answer)(RequestFactory().get("/", headers=UNDERSTOOD))
    assert ("Content-Encoding" in found) is is_packed


def test_what_is_streamed_goes_on_as_it_comes() -> None:
    found = PackPages(lambda _request: StreamingHttpResponse(iter([b"a" * 1000])))(
        RequestFactory().get("/", headers=UNDERSTOOD)
    )
    assert "Content-Encoding" not in found
