"""The bundled PostgreSQL is made, shared, adopted and mended; nobody repairs anything by hand."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from anlan.config.database import address, layout, server


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="anlan-server-test-"))
    folder.chmod(0o711)
    yield folder / "home"
    server.stop(folder / "home")
    found = layout.find_layout(folder / "home")
    shutil.rmtree(found.folder, ignore_errors=True)
    shutil.rmtree(found.socket, ignore_errors=True)
    shutil.rmtree(folder)


def postmaster_of(found: layout.Layout) -> psutil.Process:
    return psutil.Process(int((found.data / "postmaster.pid").read_text().splitlines()[0]))


def remember(found: layout.Layout, word: str) -> None:
    with server.connect(found, server.DATABASE) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (word text)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [word])


def recall(found: layout.Layout) -> list[str]:
    with server.connect(found, server.DATABASE) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM remembered ORDER BY word")]


def test_only_its_owner_enters_and_nothing_listens_on_the_network(home: Path) -> None:
    with server.running(home, fsync=False) as found:
        process = postmaster_of(found)
        assert process.uids().real != 0
        assert found.socket.stat().st_mode & 0o777 == 0o700
        assert found.data.stat().st_mode & 0o777 == 0o700
        assert [c for c in process.net_connections() if c.family.name != "AF_UNIX"] == []
        with server.connect(found, server.DATABASE) as connection:
            extensions = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
        assert set(server.EXTENSIONS) <= extensions
    assert not server.is_running(found)


def test_the_last_user_stops_it_unless_it_was_told_to_stay(home: Path) -> None:
    with server.running(home, fsync=False) as found:
        with server.running(home, fsync=False):
            pass
        assert server.is_running(found)
    assert not server.is_running(found)
    server.start(home)
    with server.running(home):
        pass
    assert server.is_running(found)
    assert server.stop(home) is True
    assert server.stop(home) is False


def test_a_server_left_by_a_killed_run_is_adopted_and_then_stopped(home: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from anlan.config.database import server\n"
        "with server.running(Path(sys.argv[1]), fsync=False): print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, home], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"up\n"
        run.kill()
    found = layout.find_layout(home)
    left = postmaster_of(found)
    with server.running(home, fsync=False):
        assert postmaster_of(found) == left
    assert not server.is_running(found)


def test_a_killed_server_recovers_what_was_committed(home: Path) -> None:
    with server.running(home) as found:
        remember(found, "路灯")
        with server.connect(found, server.DATABASE) as idle:
            postmaster_of(found).send_signal(signal.SIGKILL)
            time.sleep(0.05)
            assert server.mend(home) is True
            with pytest.raises(psycopg.OperationalError):
                idle.execute("SELECT 1")
        assert server.mend(home) is False
        remember(found, "井盖")
        assert recall(found) == ["井盖", "路灯"]


def test_a_process_number_given_to_a_stranger_does_not_stop_the_start(home: Path) -> None:
    with server.running(home) as found:
        remember(found, "路灯")
        left = (found.data / "postmaster.pid").read_text().splitlines()
    stranger = [str(os.getpid()), *left[1:]]
    (found.data / "postmaster.pid").write_text("\n".join(stranger) + "\n")
    (found.socket / f"{layout.SOCKET_NAME}.lock").write_text("\n".join(stranger) + "\n")
    with server.running(home):
        assert recall(found) == ["路灯"]


def test_an_interrupted_first_start_begins_again(home: Path) -> None:
    found = layout.find_layout(home)
    layout.prepare(found)
    half = found.data.with_suffix(".new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with server.running(home, fsync=False):
        assert server.is_running(found)
    assert not half.exists()


def test_a_long_path_gets_a_short_socket_folder(home: Path) -> None:
    deep = home / ("深" * 40)
    with server.running(deep, fsync=False) as found:
        assert not found.socket.is_relative_to(deep)
        assert found.socket.stat().st_mode & 0o777 == 0o700
        with psycopg.connect(address.get_url(deep).replace("%2F", "/")) as connection:
            assert connection.info.dbname == "anlan"
    server.stop(deep)
    shutil.rmtree(found.socket)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to another user")
def test_roots_closed_folder_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    tmp_path.parent.chmod(0o700)
    with server.running(closed / "home", fsync=False) as found:
        assert not found.folder.is_relative_to(tmp_path)
        assert (closed / "home" / "postgres").resolve() == found.folder
        assert closed.stat().st_mode & 0o777 == 0o700
    assert layout.find_layout(closed / "home") == found
    shutil.rmtree(found.folder)


def test_programs_the_server_cannot_reach_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has to hand the server to another user")
    monkeypatch.setattr(layout, "_may_reach", lambda program, owner: False)
    with server.running(home, fsync=False) as found:
        assert layout.find_program(found).is_relative_to(found.folder)
        assert str(found.folder) in postmaster_of(found).cmdline()[0]
