"""Reads the environment variables.

A variable that is not in `variables.py` does not exist: settings, the command line and the page
docs/reference/settings.md all read that table, and a test compares the page with it.
Values are read when asked for, so that a test may set a variable before Django is set up.
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import platformdirs

from anlan.config import secret_files
from anlan.config.variables import WRITTEN, Kind, Variable
from anlan.kernel.errors import Invalid


class SettingInvalid(Invalid):
    """The environment variable {name} is set to {value!r}, but it must be a {kind}. {help}"""

    code = "setting_invalid"


def _with_files() -> tuple[Variable, ...]:
    rows: list[Variable] = []
    for variable in WRITTEN:
        rows.append(variable)
        if variable.is_secret:
            rows.append(
                Variable(
                    variable.name + secret_files.SUFFIX,
                    Kind.FILE,
                    "",
                    f"File with {variable.name}, instead of it; not readable for all users. A relative "
                    "path lies in $CREDENTIALS_DIRECTORY (systemd's LoadCredential=).",
                )
            )
    return tuple(rows)


VARIABLES: tuple[Variable, ...] = _with_files()
_BY_NAME: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}
_FLAGS: Mapping[str, bool] = {
    "yes": True,
    "true": True,
    "1": True,
    "on": True,
    "no": False,
    "false": False,
    "0": False,
    "off": False,
}


_DIGITS_LIMIT = 18


def get_text(name: str) -> str:
    """Return the value of a variable, or its default. Raises SecretUnusable."""
    variable = _BY_NAME[name]
    if variable.is_secret:
        return secret_files.read(name) or variable.default
    return os.environ.get(name, "").strip() or variable.default


def get_number(name: str) -> int:
    """Return the value of a variable as a whole number, zero or greater."""
    text = get_text(name)
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_LIMIT):
        raise _invalid(name, text)
    return int(text)


def is_on(name: str) -> bool:
    """Return whether a yes/no variable says yes."""
    text = get_text(name)
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise _invalid(name, text) from None


def get_choice(name: str) -> str:
    """Return the value of a variable that takes one of a few words, as the table writes them."""
    text = get_text(name)
    found = {choice.lower(): choice for choice in _BY_NAME[name].choices}.get(text.lower())
    if found is None:
        raise _invalid(name, text)
    return found


def get_networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks a variable lists, in CIDR form."""
    text = get_text(name)
    try:
        return tuple(ip_network(each) for part in text.split(",") if (each := part.strip()))
    except ValueError:
        raise _invalid(name, text) from None


def is_set(name: str) -> bool:
    """Return whether somebody has given a variable a value."""
    names = [name, name + secret_files.SUFFIX] if _BY_NAME[name].is_secret else [name]
    return any(os.environ.get(each, "").strip() for each in names)


def get_home() -> Path:
    """Return the state folder, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_HOME", "").strip()
    if given:
        return _path("ANLAN_HOME", given)
    if sys.platform == "linux" and os.geteuid() == 0:
        # A service's home: root's own folder cannot be entered by the user PostgreSQL runs as.
        return Path("/var/lib/anlan")
    return platformdirs.user_data_path("anlan")


def get_secret_key_file() -> Path:
    """Return the file that holds the instance key, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_SECRET_KEY_FILE", "").strip()
    return _path("ANLAN_SECRET_KEY_FILE", given) if given else get_home() / "secret.key"


def get_backup_key_file() -> Path:
    """Return the file that holds the backup key, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_BACKUP_KEY_FILE", "").strip()
    return _path("ANLAN_BACKUP_KEY_FILE", given) if given else get_home() / "backup.key"


def get_backup_folder() -> Path:
    """Return the folder of backups, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_BACKUP_FOLDER", "").strip()
    return _path("ANLAN_BACKUP_FOLDER", given) if given else get_home() / "backups"


def _path(name: str, given: str) -> Path:
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:  # ~somebody, who has no home here
        raise _invalid(name, given) from None


def list_unknown() -> list[str]:
    """Return the ANLAN_ variables that are set but mean nothing: most likely misspelt."""
    return sorted(name for name in os.environ if name.startswith("ANLAN_") and name not in _BY_NAME)


def _invalid(name: str, value: str) -> SettingInvalid:
    variable = _BY_NAME[name]
    kind = " / ".join(variable.choices) or variable.kind.value
    return SettingInvalid(name=name, value=value, kind=kind, help=variable.help)
