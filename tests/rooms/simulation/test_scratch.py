"""A day is never played in an instance that somebody uses."""

from pathlib import Path

import pytest

from anlan.simulation.scratch import MARK, DatabaseIsOutside, NotAScratch, folder_for_a_day


@pytest.fixture(autouse=True)
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANLAN_DATABASE_URL", raising=False)


def test_a_temporary_folder_is_gone_afterwards() -> None:
    with folder_for_a_day(None) as home:
        assert (home / MARK).is_file()
    assert not home.exists()


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(NotAScratch), folder_for_a_day(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["postgres"]


def test_a_kept_folder_is_made_anew(tmp_path: Path) -> None:
    with folder_for_a_day(tmp_path / "day") as home:
        (home / "old").touch()
    with folder_for_a_day(tmp_path / "day") as home:
        assert [path.name for path in home.iterdir()] == [MARK]


def test_an_outside_database_is_never_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANLAN_DATABASE_URL", "postgresql://somewhere/production")
    with pytest.raises(DatabaseIsOutside), folder_for_a_day(tmp_path / "day"):
        pass
    assert not (tmp_path / "day").exists()
