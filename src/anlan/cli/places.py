"""`anlan places`: load jurisdictions, generate grids, and ask where a point is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from anlan.cli import with_django

if TYPE_CHECKING:
    from anlan.places.rules import Gazetteer, PlaceInfo


@click.group()
def group() -> None:
    """Places: the tree from province to grid, and which grid a point is in."""


@group.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_django
def load(folder: Path) -> None:
    """Load a jurisdiction from FOLDER, or update it.

    FOLDER holds jurisdiction.yaml and the tables it names, and perhaps matters.yaml: the catalogue
    of matters, on whose words a first classifier is trained when there is none; runcards.yaml: who is
    to come to which cases; indicators.yaml: what the monthly reports are made of;
    assessment.yaml: how places are scored. Places and matters keep their identity by code.

    \b
    Example:  anlan places load examples/nyc
    """
    from anlan.assessment.actions import load_schemes
    from anlan.cases.actions import load_catalogue
    from anlan.dispatch.actions import load_run_cards
    from anlan.indicators.actions import load_register
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.places import actions
    from anlan.triage.actions import train_from_catalogue

    counts = actions.load_jurisdiction(folder=folder)
    click.echo(
        f"{counts.jurisdiction}: {counts.places:,} places ({counts.changed:,} new or changed), "
        f"{counts.departments} departments, {counts.shapes:,} outlines, {counts.units:,} units"
    )
    if (folder / "matters.yaml").exists():
        at = clock.now()
        number = load_catalogue(jurisdiction=counts.jurisdiction, folder=folder, at_date=at.date())
        click.echo(f"{counts.jurisdiction}: {number} matters")
        if train_from_catalogue(actor=SYSTEM, jurisdiction=counts.jurisdiction, at=at):
            click.echo(
                f"{counts.jurisdiction}: a first classifier, trained on the catalogue's words"
            )
    if (folder / "indicators.yaml").exists():
        number = load_register(jurisdiction=counts.jurisdiction, folder=folder, at=clock.now())
        click.echo(f"{counts.jurisdiction}: {number} indicators")
    if (folder / "assessment.yaml").exists():
        number = load_schemes(jurisdiction=counts.jurisdiction, folder=folder, at=clock.now())
        click.echo(f"{counts.jurisdiction}: {number} new versions of schemes of assessment")
    if (folder / "runcards.yaml").exists():
        cards = load_run_cards(jurisdiction=counts.jurisdiction, folder=folder)
        click.echo(f"{counts.jurisdiction}: {cards} run cards")


@group.command()
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option(
    "--datum",
    type=click.Choice(["wgs84", "gcj02"]),
    default="wgs84",
    show_default=True,
    help="What the degrees are measured in. Phones give WGS-84, Chinese map sites GCJ-02.",
)
@with_django
def locate(lon: float, lat: float, datum: str) -> None:
    """Print the path from the top of the tree down to the grid of a point.

    LON and LAT are degrees. Put -- before a negative longitude.

    \b
    Examples:  anlan places locate 120.24 29.71
               anlan places locate --datum gcj02 120.2444 29.7075
               anlan places locate -- -73.98 40.75
    """
    from anlan.places import queries, rules

    if datum == "gcj02":
        lon, lat = rules.to_wgs84(lon, lat)
    gazetteer = queries.get_gazetteer()
    located = gazetteer.locate(lon, lat)
    if located is None:
        raise rules.PointOutside(lon=lon, lat=lat)
    for place in gazetteer.lineage(located.place_id):
        click.echo(_line(gazetteer, place))
    if located.near_border:
        names = ", ".join(gazetteer.place(place_id).name for place_id in located.neighbours)
        click.echo(f"near a border: within 30 m of {names}")


@group.command()
@click.argument("code")
@click.option(
    "--per-village",
    type=(click.IntRange(1), click.IntRange(1)),
    default=(2, 6),
    show_default=True,
    help="Fewest and most grids a village is given.",
)
@click.option("--units/--no-units", default=True, help="Also set up the departments' units there.")
@with_django
def grids(code: str, per_village: tuple[int, int], units: bool) -> None:
    """Generate grids for the place with CODE, and set up its units.

    For places that have no drawn grids: every shape is made up inside the place's outline and
    marked as generated. Running it again changes nothing.

    \b
    Example:  anlan places grids 330681
    """
    from anlan.places import actions

    if per_village[0] > per_village[1]:
        raise click.BadParameter(
            "the first number must not be above the second", param_hint="--per-village"
        )
    counts = actions.generate_grids(place_code=code, per_village=per_village)
    click.echo(f"{counts.grids:,} grids generated; outline: {counts.outline_source}")
    if not counts.is_outline_real:
        click.echo(
            "The outline is made up from a centre and an area. For real county outlines install "
            "the optional package (pip install 'anlan[boundaries]') and run this again."
        )
    if units:
        click.echo(f"{actions.set_up_units(place_code=code):,} units set up")


@group.command()
@click.argument("name")
@click.option("--level", default="", help="Only places of this level, e.g. TOWN.")
@click.option("--under", default="", metavar="CODE", help="Only places below this one.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@with_django
def find(name: str, level: str, under: str, limit: int) -> None:
    """List places whose name (Chinese or English) or code contains NAME.

    \b
    Example:  anlan places find 枫桥 --under 330681
    """
    from anlan.places import queries, rules

    found = queries.find_places(text=name, level=level, under_code=under, limit=limit)
    if not found:
        raise rules.PlaceUnknown(place=name)
    gazetteer = queries.get_gazetteer()
    for place in found:
        above = " / ".join(each.name for each in reversed(gazetteer.ancestors(place.id)))
        click.echo(f"{_line(gazetteer, place)}  {above}".rstrip())


@group.command()
@click.argument("code", default="")
@click.option("--depth", default=1, show_default=True, type=click.IntRange(1), help="How far down.")
@with_django
def tree(code: str, depth: int) -> None:
    """Print the places below CODE, or the tops of all jurisdictions.

    \b
    Example:  anlan places tree 330681 --depth 2
    """
    from anlan.places import queries

    gazetteer = queries.get_gazetteer()
    tops = [gazetteer.place_by_code(code)] if code else list(gazetteer.roots)

    def show(place: PlaceInfo, indent: int) -> None:
        below = gazetteer.children(place.id)
        count = f"  ({len(below):,} below)" if below else ""
        click.echo(f"{'  ' * indent}{_line(gazetteer, place)}{count}")
        if indent < depth:
            for child in below:
                show(child, indent + 1)

    for top in tops:
        show(top, 0)


def _line(gazetteer: Gazetteer, place: PlaceInfo) -> str:
    from django.utils.translation import get_language

    levels = {level.code: level for level in gazetteer.jurisdictions[place.jurisdiction].levels}
    level = levels[place.level]
    label = level.zh if (get_language() or "").startswith("zh") else level.en
    english = f" {place.name_en}" if place.name_en != place.name else ""
    generated = " [generated]" if place.is_generated else ""
    return f"{place.code:<15} {label} {place.name}{english}{generated}"
