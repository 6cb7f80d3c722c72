"""Static files ready to serve: each under a name with its digest, and compressed beside it.

Done again only when a file was added, removed or changed since. A web server may be serving them
meanwhile, and pages of the version before ask for files by their old names for a while: the new ones
are put in place one by one, and what is not among them goes a day later.
"""

import hashlib
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.management import call_command
from django.utils.module_loading import import_string

_OLD_ONES_STAY_S = 24 * 3600
_MANIFEST = "staticfiles.json"


def collect_stale() -> bool:
    """Collect the static files if they changed since the last time; tell whether they had."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == now:
        return False
    fresh = root.with_name(f"{root.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    command = Command()
    storage = import_string(settings.STORAGES["staticfiles"]["BACKEND"])
    command.storage = storage(location=fresh)
    call_command(command, interactive=False, verbosity=0)
    _put_in_place(fresh, root)
    stamp.write_text(now, encoding="ascii")
    return True


def _put_in_place(fresh: Path, root: Path) -> None:
    names = [path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()]
    # The manifest names the others, so it comes last.
    for name in sorted(names, key=lambda name: name.name == _MANIFEST):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).replace(root / name)
    shutil.rmtree(fresh)
    kept, oldest = set(names), time.time() - _OLD_ONES_STAY_S
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root) not in kept and path.stat().st_mtime < oldest:
            path.unlink()


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
