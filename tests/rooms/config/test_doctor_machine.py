"""The doctor finds what is wrong with variables, files, addresses and disk, each planted for real."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from anlan.cli import run
from anlan.config import env, public_address, secret
from anlan.config.operating import doctor
from anlan.config.operating.doctor import machine
from tests.house.floors import PROJECT

Codes = Callable[[doctor.Check], list[str]]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A state folder and an environment as a fresh operator has them."""
    for name in [name for name in os.environ if name.startswith("ANLAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANLAN_HOME", str(tmp_path))
    return tmp_path


def codes(check: doctor.Check) -> list[str]:
    return [found.error.code for found in doctor.run([check])]


def test_a_fresh_home_has_no_faults(home: Path, free_port: int) -> None:
    secret.get_key(home / "secret.key")
    found = list(doctor.run(doctor.list_machine_checks()))
    assert [each.error.code for each in found if each.is_fault] == []
    assert [each.error.code for each in found] == ["EMAIL_MISSING"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ANLAN_BEHIND_HTTP", "yes", "VARIABLE_UNKNOWN"),
        ("ANLAN_PORT", "eighty", "setting_invalid"),
        ("ANLAN_DEBUG", "maybe", "setting_invalid"),
        ("ANLAN_LOG_LEVEL", "LOUD", "setting_invalid"),
    ],
)
def test_variables(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    assert codes(machine.check_variables) == [code]


def test_a_misspelt_variable_is_guessed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_PUBLIC_ULR", "https://x")
    [found] = doctor.run([machine.check_variables])
    assert "ANLAN_PUBLIC_URL?" in found.error.message


@pytest.mark.parametrize(
    "name", ["secret.key", "secret.key.ring", "ledger.key", "backup.key", "demo-accounts.json"]
)
def test_secrets_that_others_may_read(home: Path, name: str) -> None:
    (home / name).write_text("x")
    (home / name).chmod(0o640)
    assert codes(machine.check_secret_files) == ["FILE_READABLE_BY_OTHERS"]
    (home / name).chmod(0o600)
    assert codes(machine.check_secret_files) == []


def test_a_named_secret_that_the_group_may_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "token"
    file.write_text("x")
    file.chmod(0o640)
    monkeypatch.setenv("ANLAN_METRICS_TOKEN_FILE", str(file))
    assert codes(machine.check_secret_files) == ["FILE_READABLE_BY_OTHERS"]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home))
    assert codes(machine.check_secret_files) == []


@pytest.mark.parametrize("language", ["en", "zh_CN.UTF-8"])
def test_the_doctor_tells_of_secrets_without_showing_them(home: Path, language: str) -> None:
    names = [variable.name for variable in env.VARIABLES if variable.is_secret]
    planted = {name: f"plantedSecret{number}" for number, name in enumerate(names)}
    given = {**planted, "ANLAN_METRICS_TOKEN_FILE": str(home / "token"), "ANLAN_PORT": "x"}
    done = subprocess.run(
        [sys.executable, "-m", "anlan", "doctor"], env={**os.environ, **given, "LC_ALL": language},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SECRET_GIVEN_TWICE" in done.stdout
    assert ("Mend: unset one" in done.stdout) is (language == "en")
    assert "plantedSecret" not in done.stdout + done.stderr


def test_a_database_without_its_key(home: Path) -> None:
    (home / "postgres" / "data").mkdir(parents=True)
    assert codes(machine.check_secret_files) == ["KEY_MISSING"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written(home: Path) -> None:
    home.chmod(0o500)
    assert codes(machine.check_home) == ["HOME_NOT_WRITABLE"]
    home.chmod(0o700)


def test_a_home_on_a_read_only_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_HOME", "/proc/anlan")
    assert "HOME_NOT_WRITABLE" in codes(machine.check_home)


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(5_000_000))
    assert codes(machine.check_home) == ["DISK_ALMOST_FULL"]


@pytest.fixture
def free_port(monkeypatch: pytest.MonkeyPatch) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    monkeypatch.setenv("ANLAN_PORT", str(port))
    return port


@pytest.fixture
def taken_port(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("ANLAN_PORT", str(other.getsockname()[1]))
        yield int(other.getsockname()[1])


def test_a_port_that_another_program_has(home: Path, taken_port: int) -> None:
    assert codes(machine.check_port) == ["PORT_TAKEN_BY_ANOTHER"]


def test_a_port_that_anlan_itself_has_is_none(home: Path, taken_port: int) -> None:
    import fcntl

    with (home / "run.lock").open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert codes(machine.check_port) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"HOST": "0.0.0.0"}, ["PUBLIC_ADDRESS_LOCAL"]),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "http://localhost:8000"}, ["PUBLIC_ADDRESS_LOCAL"]),
        ({"BEHIND_HTTPS": "yes"}, ["PUBLIC_ADDRESS_LOCAL"]),
        ({"PUBLIC_URL": "http://a.example.cn"}, ["PUBLIC_ADDRESS_PLAIN"]),
        ({"PUBLIC_URL": "https://a.example.cn"}, ["HTTPS_NOT_TOLD"]),
        ({"PUBLIC_URL": "https://a.example.cn", "BEHIND_HTTPS": "yes"}, []),
        (
            {"PUBLIC_URL": "https://a.example.cn", "BEHIND_HTTPS": "yes", "HOST": "::"},
            ["PROXY_CAN_BE_PASSED_BY"],
        ),
        ({"DEBUG": "yes"}, ["DEBUG_ON"]),
    ],
)
def test_addresses(
    home: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], expected: list[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"ANLAN_{name}", value)
    assert codes(machine.check_addresses) == expected


def test_no_mail_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(machine.check_email) == ["EMAIL_MISSING"]
    monkeypatch.setenv("ANLAN_EMAIL_HOST", "mail.example.cn")
    assert codes(machine.check_email) == []


def test_texts_and_static_files_not_made(home: Path) -> None:
    (home / "postgres" / "data").mkdir(parents=True)
    expected = ["TRANSLATIONS_STALE", "STATIC_FILES_MISSING"]
    assert codes(machine.check_prepared_files) == expected


def run_doctor(home: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return subprocess.run(
        [sys.executable, "-m", "anlan", "doctor", *options], cwd=PROJECT,
        env=kept | {"LANG": "C.UTF-8"} | more, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_says_what_to_do_in_both_languages(home: Path, free_port: int) -> None:
    english = run_doctor(home, ANLAN_DEBUG="yes")
    assert english.returncode == 1
    assert "Mend: unset ANLAN_DEBUG" in english.stdout
    chinese = run_doctor(home, ANLAN_DEBUG="yes", LANG="zh_CN.UTF-8")
    assert chinese.returncode == 1
    assert "ANLAN_DEBUG 已打开" in chinese.stdout
    assert "Traceback" not in english.stderr + chinese.stderr


def test_the_command_speaks_json_and_exits_with_0_when_only_advice_is_left(
    home: Path, free_port: int
) -> None:
    done = run_doctor(home, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (0, True), done.stdout + done.stderr
    assert {each["code"] for each in told["findings"]} == {"EMAIL_MISSING", "DATABASE_NOT_MADE"}
    assert {each["level"] for each in told["findings"]} == {"advice"}


def test_a_broken_check_is_a_finding_and_stops_no_other() -> None:
    def check_broken() -> Iterator[Exception]:
        raise RuntimeError("13912345678")
        yield

    found = list(doctor.run([check_broken, check_broken]))  # type: ignore[list-item]
    assert [each.error.code for each in found] == ["CHECK_BROKEN"] * 2
    assert "13912345678" not in found[0].error.message


@pytest.mark.parametrize(
    ("settings", "is_refused"),
    [
        ({}, False),
        ({"PUBLIC_URL": "http://localhost:8000"}, False),
        ({"PUBLIC_URL": "http://a.example.cn"}, True),
        ({"PUBLIC_URL": "http://10.0.0.7:8000"}, True),
        ({"PUBLIC_URL": "http://a.example.cn", "PLAIN_HTTP": "yes"}, False),
        ({"PUBLIC_URL": "https://a.example.cn"}, False),
    ],
)
def test_a_public_address_without_https_is_not_served(
    home: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], is_refused: bool
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"ANLAN_{name}", value)
    if is_refused:
        with pytest.raises(public_address.PlainAddressRefused):
            public_address.check()
        for command in (run.run, run.web):
            ended = CliRunner().invoke(command, [])
            assert isinstance(ended.exception, public_address.PlainAddressRefused)
    else:
        public_address.check()


def test_printing_without_a_chinese_font_is_advised_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from anlan.documents import printing

    class Bare:
        def __init__(self, **_: object) -> None: ...

        def families(self) -> list[str]:
            return ["Libertinus Serif"]

    printing.find_fonts.cache_clear()
    monkeypatch.setattr(printing.typst, "Fonts", Bare)
    assert codes(machine.check_fonts) == ["FONTS_MISSING"]
    monkeypatch.undo()
    printing.find_fonts.cache_clear()
