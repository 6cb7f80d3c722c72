"""Pages leave compressed: a queue of fifty cases is 85 kB of text and 11 kB on the wire.

What is compressed together with something secret can betray it by its length, if somebody else chooses a part
of the text and watches many answers (BREACH). So form tokens are masked anew in each page, cookies are not
sent along with requests from elsewhere, and each answer gets a random number of bytes more (Heal the BREACH,
by Django). The API's answers are left as they are. Why: docs/decisions/0043-pages-are-compressed.md.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

PACKED = ("text/html", "text/csv")


class PackPages(GZipMiddleware):
    """Compresses pages and tables for browsers that say they understand it."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress an answer that is a page; leave photos, papers, streams and the API's answers alone."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith(PACKED):
            return response
        return super().process_response(request, response)
