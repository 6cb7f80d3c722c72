"""The WSGI handler, which also takes requests whose headers cannot be understood.

Django takes a content type apart while it makes the request, before any middleware. A charset that no
codec is named like (`charset*=utf-8''a%00b`), or pieces of a parameter without order (`b*=x; b*2=y`),
raised there and were answered with a bare 500 by the server. Found by `make fuzz-guided`. Such a request goes
on as one without a content type; what reads its body refuses it in its own words.
"""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.multipartparser import MultiPartParserError

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


class Handler(WSGIHandler):
    """Answers every request."""

    request_class = Request
