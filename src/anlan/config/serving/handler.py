"""The WSGI handler, which answers every request.

What fails before or behind Django's own nets (its signals, the pages of errors) would reach the server,
which says 500 and nothing else; here it is recorded, and a reader told in both languages.

It also takes requests whose headers cannot be understood.

Django takes a content type apart while it makes the request, before any middleware. A charset that no
codec is named like (`charset*=utf-8''a%00b`), or pieces of a parameter without order (`b*=x; b*2=y`),
raised there and were answered with a bare 500 by the server. Found by `make fuzz-guided`. Such a request goes
on as one without a content type; what reads its body refuses it in its own words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import Error as DatabaseError
from django.http.multipartparser import MultiPartParserError

logger = logging.getLogger(__name__)

_ODD = (ValueError, TypeError, LookupError, AttributeError)
"""What taking odd parameters of a header apart has raised, or may."""


class Request(WSGIRequest):
    """A request that can always be made."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except _ODD:
            self.content_type, self.content_params = "", {}

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:  # noqa: N803  Django's name
        """Read a form in parts, whose headers have parameters, too. Raises MultiPartParserError."""
        try:
            return super().parse_file_upload(META, post_data)
        except _ODD as wrong:
            raise MultiPartParserError("a part cannot be understood") from wrong


_WORDS = (
    "现在无法回答，请稍后再试。刚才填写的内容没有保存。\n"
    "No answer can be given just now; try again in a moment. What you did just now was not written.\n"
).encode()


class Handler(WSGIHandler):
    """Answers every request."""

    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer; 503 where the database was in the way, 500 where nobody foresaw it."""
        try:
            return super().__call__(environ, start_response)
        except Exception as wrong:
            logger.exception("a request failed outside of every net")
            is_away = isinstance(wrong, DatabaseError)
            start_response(
                "503 Service Unavailable" if is_away else "500 Internal Server Error",
                [
                    ("Content-Type", "text/plain; charset=utf-8"),
                    ("Content-Length", str(len(_WORDS))),
                    ("Cache-Control", "no-store"),
                    ("Retry-After", "5"),
                ],
            )
            return [_WORDS]
