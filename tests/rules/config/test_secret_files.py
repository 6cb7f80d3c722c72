"""Secrets given as files: read as they are, each unusable file refused in words, nothing shown."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from anlan.cli.settings import settings
from anlan.config import env, secret_files
from anlan.config.database import address

SECRETS = [variable.name for variable in env.VARIABLES if variable.is_secret]
PLANTED = "plantedSecret7"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a secret, named for the mail password."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    file = tmp_path / "password"
    file.write_text(f"{PLANTED}\n")
    file.chmod(0o600)
    monkeypatch.setenv("ANLAN_EMAIL_PASSWORD_FILE", str(file))
    return file


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_can_be_a_file(name: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    assert not env.is_set(name) or name == "ANLAN_EMAIL_PASSWORD"
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert env.get_text(name) == PLANTED
    assert env.is_set(name)


def test_the_settings_that_hold_secrets_are_marked() -> None:
    telling = ("PASSWORD", "TOKEN", "DATABASE_URL", "CHAT_URL")
    assert [each.name for each in env.VARIABLES if each.name.endswith(telling)] == SECRETS


def test_a_relative_path_lies_in_the_credentials_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))
    monkeypatch.setenv("ANLAN_EMAIL_PASSWORD_FILE", file.name)
    assert env.get_text("ANLAN_EMAIL_PASSWORD") == PLANTED


def test_given_twice_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_EMAIL_PASSWORD", "another")
    with pytest.raises(secret_files.SecretGivenTwice) as refused:
        env.get_text("ANLAN_EMAIL_PASSWORD")
    assert "ANLAN_EMAIL_PASSWORD_FILE" in refused.value.message


def _replace_with_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _replace_with_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


BAD: list[tuple[str, Callable[[Path], object], type[secret_files.SecretUnusable]]] = [
    ("missing", lambda file: file.unlink(), secret_files.SecretFileMissing),
    ("folder", _replace_with_folder, secret_files.SecretFileMissing),
    ("pipe", _replace_with_pipe, secret_files.SecretFileMissing),
    ("empty", lambda file: file.write_text(""), secret_files.SecretFileEmpty),
    ("blank", lambda file: file.write_text(" \n\n"), secret_files.SecretFileEmpty),
    ("read by all", lambda file: file.chmod(0o604), secret_files.SecretFileOpen),
    ("written by all", lambda file: file.chmod(0o602), secret_files.SecretFileOpen),
    ("two lines", lambda file: file.write_text("a\nb\n"), secret_files.SecretFileNotText),
    ("not UTF-8", lambda file: file.write_bytes(b"\xff\xfe"), secret_files.SecretFileNotText),
]


@pytest.mark.parametrize(("spoil", "error"), [each[1:] for each in BAD], ids=[e[0] for e in BAD])
def test_an_unusable_file_is_refused(
    file: Path, spoil: Callable[[Path], object], error: type[secret_files.SecretUnusable]
) -> None:
    spoil(file)
    with pytest.raises(error) as refused:
        env.get_text("ANLAN_EMAIL_PASSWORD")
    assert str(file) in refused.value.message
    assert "Mend:" in refused.value.template()
    assert PLANTED not in repr(refused.value) + "".join(traceback.format_exception(refused.value))


def test_a_file_of_somebody_else_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    # Root may read everything, so that a real refusal cannot be had in every test run.
    monkeypatch.setattr(secret_files.os, "open", refuse)
    with pytest.raises(secret_files.SecretFileUnreadable):
        env.get_text("ANLAN_EMAIL_PASSWORD")


def test_the_list_of_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, PLANTED)
    told = CliRunner().invoke(settings, catch_exceptions=False).output
    assert PLANTED not in told
    assert told.count("(set)") == len(SECRETS)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://anlan:{PLANTED}@127.0.0.1:x/anlan",
        f"postgresql://anlan:{PLANTED}:{PLANTED}/anlan",
        f"postgresql://anlan:5432{PLANTED}/x@127.0.0.1/anlan",
        f"postgresql://anlan:a@{PLANTED}@127.0.0.1:1/anlan?connect_timeout=1",
        f"postgresql://anlan:a@{PLANTED}:b@127.0.0.1:1/anlan?connect_timeout=1",
        PLANTED,
        f"host=127.0.0.1 password='{PLANTED}",
        f"host=127.0.0.1 {PLANTED}",
        f"postgresql://anlan:%zz{PLANTED}@127.0.0.1/anlan",
        f"postgresql://anlan:{PLANTED}@127.0.0.1:1/anlan?connect_timeout=1",
    ],
)
def test_an_address_that_is_refused_is_not_quoted(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANLAN_DATABASE_URL", url)
    with pytest.raises((address.DatabaseAddressInvalid, address.DatabaseUnreachable)) as refused:
        address.check_outside()
    told = repr(refused.value) + "".join(traceback.format_exception(refused.value))
    assert PLANTED not in told
    assert "ANLAN_DATABASE_URL" in refused.value.message


def test_no_process_leaves_its_memory_on_disk() -> None:
    # Asked for and in force: a test before this one may have lowered the limit for all that it starts.
    asked = (
        "import resource; from anlan.cli import main;"
        "limit, said = resource.setrlimit, [];"
        "resource.setrlimit = lambda *told: said.append(told) or limit(*told);"
        "main(['settings'], standalone_mode=False);"
        "print((resource.RLIMIT_CORE, (0, 0)) in said, resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True (0, 0)"
