"""The WSGI handler, which also takes requests whose content type cannot be understood.

Django looks the charset of a request up while it makes the request, before any middleware: a charset that
no codec can be named like (`charset*=utf-8''a%00b`) raised there and was answered with a bare 500 by the server.
Found by `make fuzz-guided`. Such a request goes on as one without a content type; what reads its
body refuses it in its own words.
"""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request that can always be made."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Answers every request."""

    request_class = Request
