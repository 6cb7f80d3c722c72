"""Style sheets and scripts that pages ask for together, joined into one file each: fewer requests.

The files stay apart in `static/web`, as they are read and written; a page names the joined one. There is
no build step: Django's finder of static files gives the joined files as it gives all others, so that
they are served in development, and collected, named by their digest and compressed by `collect_stale`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

SOURCES = Path(__file__).parent / "static"
BUNDLES: dict[str, tuple[str, ...]] = {
    "web/page.css": tuple(
        f"web/css/{name}.css" for name in ("tokens", "ground", "layout", "components", "parts")
    ),
    "web/desk.css": tuple(
        f"web/desk/{name}.css"
        for name in ("desk", "chosen", "side", "keys", "case", "picks", "bulk", "print")
    ),
    "web/report.js": ("web/js/photos.js", "web/js/report.js", "web/js/draft.js"),
    "web/page.js": ("web/field/leave.js", "web/js/page.js"),
    "web/queue.js": (
        "web/desk/keys.js", "web/desk/queue.js", "web/desk/tick.js", "web/desk/live.js",
        "web/desk/preview.js", "web/js/photos.js", "web/js/map.js", "web/desk/queue-map.js",
    ),
    "web/case.js": (
        "web/desk/keys.js", "web/desk/case.js", "web/desk/tick.js", "web/desk/live.js",
        "web/js/photos.js",
    ),
}  # fmt: skip


class BundleFinder(BaseFinder):
    """Finds the joined files; each is written anew when one of its parts has changed."""

    def __init__(self, *_args: Any, **_more: Any) -> None:
        root = Path(settings.STATIC_ROOT)
        self.storage = FileSystemStorage(location=root.with_name(f"{root.name}.joined"))

    def check(self, **_more: Any) -> list[Any]:
        """Nothing can be set up wrongly here."""
        return []

    def find(self, path: str, find_all: bool = False, **_more: Any) -> Any:
        """Give the path of a joined file; of anything else, nothing."""
        if path not in BUNDLES:
            return [] if find_all else None
        found = self._write(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Give all joined files, for collecting."""
        for name in BUNDLES:
            self._write(name)
            yield name, self.storage

    def _write(self, name: str) -> str:
        target = Path(self.storage.path(name))
        text = join(name).encode()
        if not target.exists() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Two processes may be at it: each puts a whole file in place.
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
                file.write(text)
            written = Path(file.name)
            written.chmod(0o644)
            written.replace(target)
        return str(target)


def join(name: str) -> str:
    """Join the parts of a bundle, each in its own words."""
    parts = [(SOURCES / part).read_text(encoding="utf-8").rstrip("\n") for part in BUNDLES[name]]
    # A script that ends without a semicolon must not run on into the next one.
    return ("\n;\n" if name.endswith(".js") else "\n").join(parts) + "\n"
