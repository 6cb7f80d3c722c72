"""Secrets that are given as files instead of values: `NAME_FILE=/path` beside `NAME`.

The environment of a process is inherited by everything it starts and shown by service managers and
container tools; a file is read by who may. A relative path lies in `$CREDENTIALS_DIRECTORY`, which
systemd fills (LoadCredential=). The file is read at each asking, so nothing of it is kept here.
"""

import os
import stat
from pathlib import Path

from anlan.kernel.errors import Invalid

SUFFIX = "_FILE"
_OTHERS = 0o007


class SecretUnusable(Invalid):
    """A secret that was given as a file cannot be used."""


class SecretGivenTwice(SecretUnusable):
    """{name} and {name}_FILE are both set, and anlan does not choose between two secrets. Mend: unset one of them."""


class SecretFileMissing(SecretUnusable):
    """{name}_FILE names {file}, which does not exist or is no file. Mend: create it, or correct the path; a relative path lies in $CREDENTIALS_DIRECTORY."""


class SecretFileUnreadable(SecretUnusable):
    """{name}_FILE names {file}, which this user may not read. Mend: chown it to the user that runs anlan, mode 0400."""


class SecretFileOpen(SecretUnusable):
    """{name}_FILE names {file}, which every user of this machine may read or write (mode {mode}). Mend: chmod 600 {file}, and change the secret if others may have read it."""


class SecretFileEmpty(SecretUnusable):
    """{name}_FILE names {file}, which is empty. Mend: write the secret into it, or unset {name}_FILE."""


class SecretFileNotText(SecretUnusable):
    """{name}_FILE names {file}, which is not one line of UTF-8 text. Mend: write the secret alone into it."""


def find_file(name: str) -> Path | None:
    """Return the file that is named for a secret, absolute; None when none is."""
    given = os.environ.get(name + SUFFIX, "").strip()
    if not given:
        return None
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return (Path(folder) / Path(given).expanduser()).absolute()


def read(name: str) -> str:
    """Return a secret from its variable or its file; empty when neither is given. Raises SecretUnusable."""
    value, file = os.environ.get(name, "").strip(), find_file(name)
    if file is None:
        return value
    if value:
        raise SecretGivenTwice(name=name)
    return read_file(file, name=name)


def read_file(file: Path, *, name: str) -> str:
    """Return the secret that a file holds; `name`: what it is for. Raises SecretUnusable."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except PermissionError:
        raise SecretFileUnreadable(name=name, file=file) from None
    except OSError:
        raise SecretFileMissing(name=name, file=file) from None
    try:
        # Of what was opened, not of the path: that may be another file by now.
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise SecretFileMissing(name=name, file=file)
        if mode & _OTHERS:
            raise SecretFileOpen(name=name, file=file, mode=f"{stat.S_IMODE(mode):03o}")
        with os.fdopen(descriptor, "rb", closefd=False) as reader:
            text = reader.read().decode().strip()
    except UnicodeDecodeError:
        raise SecretFileNotText(name=name, file=file) from None
    finally:
        os.close(descriptor)
    if not text:
        raise SecretFileEmpty(name=name, file=file)
    if len(text.splitlines()) > 1:
        raise SecretFileNotText(name=name, file=file)
    return text
