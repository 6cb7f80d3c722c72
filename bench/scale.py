"""What a page weighs: the bytes that Chromium receives for it and the files that it asks for, with an empty cache.

Bytes are those on the wire, compressed as the server sends them, headers included. Map tiles do not count;
ours are outlines in GeoJSON at `/map/outlines/`. Nor do the small photos of a case: as many as people sent. MapLibre
itself, the program, counts where a page opens a map; how much of the weight it is stands beside (`map_kb`).
What a phone of the field fetches for later, each errand's page, weighs, but is no file of the page: as many as there are errands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Page

KB_LIMIT, REQUESTS_LIMIT = 300, 12
TILES, PROGRAM = "/map/outlines/", "/vendor/maplibre/"
FOR_LATER = "X-Anlan-Poll"
"""The header of what nobody waits for."""


@dataclass
class Weight:
    """Of one page. `files`: what was asked for, without tiles; `map_kb`: the map's program, within `kb`."""

    kb: float = 0.0
    map_kb: float = 0.0
    files: list[str] = field(default_factory=list)

    @property
    def is_light(self) -> bool:
        """Whether it is within the budget."""
        return self.kb <= KB_LIMIT and len(self.files) <= REQUESTS_LIMIT


class Scale:
    """Weighs the pages that a browser opens, one after the other, each with an empty cache."""

    def __init__(self, page: Page) -> None:
        self._paths: dict[str, str] = {}
        self._for_later: set[str] = set()
        self._bytes: dict[str, float] = {}
        self._session = page.context.new_cdp_session(page)
        self._session.on("Network.requestWillBeSent", self._begin)
        self._session.on("Network.dataReceived", self._grow)
        self._session.on("Network.responseReceived", self._open)
        self._session.on("Network.loadingFinished", self._end)
        self._session.send("Network.enable")
        self._session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def clear(self) -> None:
        """Forget what was weighed: the next page begins."""
        self._paths.clear()
        self._for_later.clear()
        self._bytes.clear()

    def read(self) -> Weight:
        """Give the weight of what came since."""
        weight = Weight()
        for number, path in self._paths.items():
            if path.startswith(TILES) or "/photos/" in path:
                continue
            kb = self._bytes.get(number, 0.0) / 1000
            weight.kb += kb
            if number not in self._for_later:
                weight.files.append(path)
            if PROGRAM in path:
                weight.map_kb += kb
        weight.kb, weight.map_kb = round(weight.kb, 1), round(weight.map_kb, 1)
        return weight

    def _begin(self, told: dict[str, Any]) -> None:
        address = urlsplit(told["request"]["url"])
        if address.scheme in ("http", "https"):
            self._paths[told["requestId"]] = address.path
            if FOR_LATER in told["request"]["headers"] and address.path.startswith("/field/"):
                self._for_later.add(told["requestId"])

    def _open(self, told: dict[str, Any]) -> None:
        self._bytes[told["requestId"]] = told["response"]["encodedDataLength"]

    def _grow(self, told: dict[str, Any]) -> None:
        number = told["requestId"]
        self._bytes[number] = self._bytes.get(number, 0.0) + told["encodedDataLength"]

    def _end(self, told: dict[str, Any]) -> None:
        self._bytes[told["requestId"]] = told["encodedDataLength"]
