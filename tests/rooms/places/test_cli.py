"""`anlan places …` as somebody at a terminal sees it."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anlan import cli
from anlan.cli.places import group
from anlan.kernel.errors import AnlanError
from anlan.places.models import Jurisdiction, Place
from anlan.places.rules import PointOutside

pytestmark = pytest.mark.django_db

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, zhuji: Path) -> Run:
    """Run a command against the test's own database."""
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, arguments)

    loaded = invoke("load", str(zhuji))
    assert loaded.exit_code == 0, loaded.output
    assert "CN-ZJ" in loaded.output
    # One town with an outline of known size, to be quick and to need no optional package
    Jurisdiction.objects.update(boundaries={})
    Place.objects.filter(code="330681109").update(lon=120.3, lat=29.8, area_km2=165)
    return invoke


def test_locate_prints_the_path_down_to_the_grid(run: Run) -> None:
    made = run("grids", "330681109", "--per-village", "2", "3")
    assert made.exit_code == 0, made.output
    assert "made up" in made.output
    assert "units set up" in made.output
    found = run("locate", "120.3", "29.8")
    lines = found.output.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["33", "3306", "330681", "330681109"]
    assert "枫桥镇" in lines[3]
    assert "[generated]" in lines[5]
    # The same spot as a Chinese map site states it
    shifted = run("locate", "--datum", "gcj02", "120.3046", "29.7976")
    assert shifted.output.splitlines()[:4] == lines[:4]


def test_locate_says_when_a_border_is_near(run: Run) -> None:
    run("grids", "330681109", "--no-units")
    import shapely

    from anlan.places.models import PlaceShape

    first, *others = [
        bytes(w)
        for w in PlaceShape.objects.filter(place__level="GRID").values_list("wkb", flat=True)
    ]
    border = next(
        part
        for other in others
        if (part := shapely.from_wkb(first).intersection(shapely.from_wkb(other))).length > 0
    )
    on = border.interpolate(0.5, normalized=True)
    assert "near a border" in run("locate", str(on.x), str(on.y)).output


def test_outside_every_grid_is_an_error_that_helps(run: Run) -> None:
    run("grids", "330681109", "--no-units")
    result = run("locate", "--", "-73.98", "40.75")
    assert isinstance(result.exception, PointOutside)


def test_find_and_tree(run: Run) -> None:
    found = run("find", "枫桥", "--level", "TOWN")
    assert found.output.startswith("330681109")
    assert "浙江省 / 绍兴市 / 诸暨市" in found.output
    assert isinstance(run("find", "没有这个地方").exception, AnlanError)
    tree = run("tree", "330681", "--depth", "1").output.splitlines()
    assert "Zhuji" in tree[0]
    assert "(23 below)" in tree[0]
    assert len(tree) == 24
    assert run("tree").output.startswith("33 ")


def test_grids_refuses_bounds_the_wrong_way_round(run: Run) -> None:
    result = run("grids", "330681109", "--per-village", "6", "2")
    assert result.exit_code == 2
    assert "per-village" in result.output
