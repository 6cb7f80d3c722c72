"""Environment variables: read as what they are, refused in words when they are not."""

from pathlib import Path

import pytest

from anlan.config import env, secret
from anlan.kernel import seal


def test_a_number_must_be_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_PORT", "eight thousand")
    with pytest.raises(env.SettingInvalid) as refused:
        env.get_number("ANLAN_PORT")
    assert "ANLAN_PORT" in refused.value.message
    assert "eight thousand" in refused.value.message


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("1", True), ("OFF", False), ("", False)]
)
def test_a_flag_says_yes_or_no(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_DEBUG", text)
    assert env.is_on("ANLAN_DEBUG") is value


def test_a_flag_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_DEBUG", "maybe")
    with pytest.raises(env.SettingInvalid):
        env.is_on("ANLAN_DEBUG")


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_PROT", "8001")
    assert "ANLAN_PROT" in env.list_unknown()
    assert "ANLAN_PORT" not in env.list_unknown()


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret.key"
    key = secret.get_key(file)
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret.get_key(file) == key
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_a_broken_key_file_is_refused_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_text("not a key")
    with pytest.raises(secret.SecretKeyBroken):
        secret.get_key(file)
    assert file.read_text() == "not a key"


def test_the_instance_seals_with_its_key() -> None:
    assert seal.unseal(seal.seal(b"13800000000", b"test"), b"test") == b"13800000000"
