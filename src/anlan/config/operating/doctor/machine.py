"""What can be told without a database: variables, files, addresses, disk."""

from __future__ import annotations

import difflib
import errno
import fcntl
import getpass
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from anlan.config import env, public_address, secret_files, translations, variables
from anlan.config.database import address, layout
from anlan.config.operating.doctor import findings
from anlan.kernel.errors import AnlanError

LEAST_FREE_MB = 2000
_LOCAL = public_address.LOCAL
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to recognise it, not to listen


def check_variables() -> Iterator[AnlanError]:
    """Find variables that mean nothing, and values that cannot be read."""
    names = [variable.name for variable in env.VARIABLES]
    for name in env.list_unknown():
        near = difflib.get_close_matches(name, names, n=1)
        guess = f"{near[0]}?" if near else ""
        yield findings.VariableUnknown(name=name, guess=guess)
    for variable in env.VARIABLES:
        try:
            match variable.kind:
                case variables.Kind.NUMBER:
                    env.get_number(variable.name)
                case variables.Kind.FLAG:
                    env.is_on(variable.name)
                case variables.Kind.CHOICE:
                    env.get_choice(variable.name)
                case variables.Kind.TEXT:
                    env.get_text(variable.name)
        except (env.SettingInvalid, secret_files.SecretUnusable) as wrong:
            yield wrong


def check_secret_files() -> Iterator[AnlanError]:
    """Find secrets that others may read, and a key that is gone."""
    home, key = env.get_home(), env.get_secret_key_file()
    if not key.exists() and has_data(home):
        yield findings.KeyMissing(file=key)
    beside = [key.with_name(f"{key.name}.ring"), key.with_name(f"{key.name}.archive")]
    kept = (
        key,
        *beside,
        home / "ledger.key",
        env.get_backup_key_file(),
        home / "demo-accounts.json",
    )
    # What systemd puts into its credentials folder is 0440 there, for the owner alone by its ACL.
    passed = os.environ.get("CREDENTIALS_DIRECTORY")
    named = (secret_files.find_file(each.name) for each in env.VARIABLES if each.is_secret)
    given = [file for file in named if file and not (passed and file.is_relative_to(passed))]
    for file in (*kept, *given):
        if file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            yield findings.FileReadableByOthers(file=file, mode=f"{mode:03o}")


def check_home() -> Iterator[AnlanError]:
    """Find a state folder that cannot be used."""
    home = env.get_home()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as wrong:
        if wrong.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT):
            raise
        yield findings.HomeNotWritable(home=home, user=getpass.getuser())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    if free_mb < LEAST_FREE_MB:
        yield findings.DiskAlmostFull(home=home, free_mb=free_mb, least_mb=LEAST_FREE_MB)


def check_port() -> Iterator[AnlanError]:
    """Find a port that somebody else has."""
    host, port = env.get_text("ANLAN_HOST"), env.get_number("ANLAN_PORT")
    if is_running(env.get_home()):
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            yield findings.PortTakenByAnother(host=host, port=port)


def check_addresses() -> Iterator[AnlanError]:
    """Find what a proxy, cookies and links in notices are told wrong."""
    host, url = env.get_text("ANLAN_HOST"), env.get_text("ANLAN_PUBLIC_URL")
    is_behind = env.is_on("ANLAN_BEHIND_HTTPS")
    parts = urlsplit(url)
    is_local = (parts.hostname or "") in _LOCAL
    is_reached = host not in _LOCAL or is_behind
    if is_reached and is_local:
        yield findings.PublicAddressLocal(url=url or f"http://{host}")
    elif public_address.is_plain():
        yield findings.PublicAddressPlain(url=url)
    if parts.scheme == "https" and not is_behind:
        yield findings.HttpsNotTold()
    if is_behind and host in _EVERYWHERE:
        yield findings.ProxyCanBePassedBy(host=host)
    if env.is_on("ANLAN_DEBUG"):
        yield findings.DebugOn()


def check_email() -> Iterator[AnlanError]:
    """Find that no e-mail can leave."""
    if not env.get_text("ANLAN_EMAIL_HOST"):
        yield findings.EmailMissing()


def check_fonts() -> Iterator[AnlanError]:
    """Find that nothing Chinese can be printed."""
    from anlan.documents.printing import find_fonts
    from anlan.documents.rules import FontMissing

    try:
        find_fonts()
    except FontMissing:
        yield findings.FontsMissing()


def check_prepared_files() -> Iterator[AnlanError]:
    """Find texts not compiled and static files not collected."""
    home = env.get_home()
    if not has_data(home) and not address.is_outside():
        return
    for source in sorted(translations.SOURCE.glob("*/LC_MESSAGES/*.po")):
        compiled = (home / "locale" / source.relative_to(translations.SOURCE)).with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns != source.stat().st_mtime_ns:
            yield findings.TranslationsStale()
    if not (home / "static" / ".collected").exists():
        yield findings.StaticFilesMissing(folder=home / "static")


def has_data(home: Path) -> bool:
    """Tell whether a bundled database has been made in a state folder."""
    try:
        return layout.find_layout(home).data.exists()
    except AnlanError:
        return True


def is_running(home: Path) -> bool:
    """Tell whether `anlan run` holds a state folder."""
    try:
        descriptor = os.open(home / "run.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def is_public() -> bool:
    """Tell whether people reach this installation from elsewhere."""
    return (urlsplit(env.get_text("ANLAN_PUBLIC_URL")).hostname or "") not in _LOCAL
