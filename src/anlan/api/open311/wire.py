"""GeoReport v2 as text: the same data as JSON or as XML, and errors in its own form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from django.http import HttpRequest, HttpResponse

from anlan.kernel import counting
from anlan.kernel.errors import AnlanError, TooMany

MEDIA_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
RETRY_AFTER_SECONDS = 5

# What XML 1.0 cannot hold even when escaped
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATUS = {401: 403, 422: 400}
"""GeoReport v2 knows 403 for a missing key and 400 for everything wrong with a request."""

Item = Mapping[str, Any]


def write(
    data: Item | Sequence[Item], *, form: str, root: str, each: str = "", status: int = 200
) -> HttpResponse:
    """Write one thing (a mapping) or several as JSON or XML.

    root, each: XML's names for the whole and for one of several. A list inside a mapping is
    written with one element for each entry, named in the singular (formats → format).
    """
    if form == "json":
        body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    else:
        top = ET.Element(root)
        if isinstance(data, Mapping):
            _fill(top, data)
        else:
            for one in data:
                _fill(ET.SubElement(top, each), one)
        body = ET.tostring(top, encoding="UTF-8", xml_declaration=True)
    return HttpResponse(body, content_type=MEDIA_TYPES[form], status=status)


def _fill(element: ET.Element, data: Item) -> None:
    for name, value in data.items():
        child = ET.SubElement(element, name)
        if isinstance(value, list):
            for one in value:
                grandchild = ET.SubElement(child, name.removesuffix("s"))
                if isinstance(one, Mapping):
                    _fill(grandchild, one)
                else:
                    grandchild.text = _text(one)
        elif value is not None:
            child.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("�", str(value))


def write_error(error: AnlanError, *, form: str) -> HttpResponse:
    """Write an error: HTTP status as code, and a description that begins with ours."""
    counting.count("obstacles", 1, error.code)
    status = _STATUS.get(error.status, error.status)
    data = [{"code": status, "description": str(error)}]
    response = write(data, form=form, root="errors", each="error", status=status)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.data["wait_seconds"])
    elif status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def error_writer(request: HttpRequest) -> Callable[[AnlanError], HttpResponse]:
    """Give what writes an error in the form that a request's address asks for; XML by default."""
    form = "json" if request.path_info.endswith(".json") else "xml"
    return lambda error: write_error(error, form=form)


def instant(at: datetime | None) -> str | None:
    """Write an instant as the standard wants it, in UTC."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
