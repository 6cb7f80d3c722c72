"""What can be told of what the database holds: places, desks, keys, holidays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar
from django.conf import settings

from anlan.config import env
from anlan.config.operating.doctor import findings
from anlan.config.operating.doctor.machine import is_public
from anlan.intake import queries as intake
from anlan.kernel import seal
from anlan.kernel.actor import Role
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.ledger import queries as ledger
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer

NEXT_YEAR_FROM_MONTH = 12
"""The State Council announces a year's holidays in November of the year before."""
_MAY_BE_AHEAD = timedelta(minutes=1)


def check_places() -> Iterator[AnlanError]:
    """Find that reports lead nowhere: no jurisdiction, no grids, no units."""
    gazetteer = get_gazetteer()
    if not gazetteer.jurisdictions:
        yield findings.JurisdictionMissing()
        return
    for jurisdiction in gazetteer.jurisdictions.values():
        try:
            ZoneInfo(jurisdiction.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield findings.TimeZoneUnknown(
                zone=jurisdiction.time_zone, jurisdiction=jurisdiction.code
            )
    grids = [place for place in gazetteer.places.values() if place.level == "GRID"]
    if not grids:
        yield findings.GridsMissing()
        return
    with_units = {unit.place_id for unit in gazetteer.units.values()}
    told = set()
    for grid in grids:
        above = gazetteer.ancestors(grid.id)
        if not any(place.id in with_units for place in (*above, grid)):
            county = next((place for place in above if place.level == "COUNTY"), grid)
            if county.id not in told:
                told.add(county.id)
                yield findings.UnitsMissing(place=county.name, code=county.code)


def check_desks() -> Iterator[AnlanError]:
    """Find desks at which nobody has a duty."""
    gazetteer = get_gazetteer()
    grids = [place for place in gazetteer.places.values() if place.level == "GRID"]
    towns = {
        place.id: place
        for grid in grids
        for place in gazetteer.ancestors(grid.id)
        if place.level == "TOWN"
    }
    empty = [
        town
        for town in towns.values()
        if not any(
            people.list_on_duty(place_path=town.path, role=role, at=now())
            for role in (Role.TOWN_DESK, Role.COUNTY_CENTRE)
        )
    ]
    if empty:
        first = min(empty, key=lambda town: town.code)
        yield findings.DesksUnstaffed(count=len(empty), code=first.code)


def check_holidays() -> Iterator[AnlanError]:
    """Find years whose holidays the calendar does not know, the coming one from December on."""
    if not any(each.calendar == "CN" for each in get_gazetteer().jurisdictions.values()):
        return
    today = now().date()
    years = [today.year] + [today.year + 1] * (today.month >= NEXT_YEAR_FROM_MONTH)
    for year in years:
        try:
            chinese_calendar.is_workday(date(year, 6, 1))
        except NotImplementedError:
            yield findings.HolidaysUnknown(year=year)


def check_demo_accounts() -> Iterator[AnlanError]:
    """Find demo accounts that still open an installation which others reach."""
    file = settings.ANLAN_HOME / "demo-accounts.json"
    if not is_public() or not file.exists():
        return
    logins = {account["login"] for account in json.loads(file.read_text(encoding="utf-8"))}
    if any(person.is_active and person.login in logins for person in people.list_persons()):
        yield findings.DemoAccountsInUse(url=env.get_text("ANLAN_PUBLIC_URL"), file=file)


def check_keys() -> Iterator[AnlanError]:
    """Find keys that belong to another installation, or differ between hosts."""
    found = intake.find_sealed_contact()
    if found is not None:
        try:
            seal.unseal(*found)
        except seal.SealBroken:
            yield findings.KeyOfAnother(file=env.get_secret_key_file())
    key, checkpoint = ledger.find_key(), ledger.find_checkpoint()
    if key and checkpoint and not ledger.is_own_checkpoint(checkpoint, key):
        yield findings.LedgerKeyOfAnother(file=ledger.get_key_path())


def check_clock_against_ledger() -> Iterator[AnlanError]:
    """Find a clock that is behind what has already happened."""
    newest = ledger.find_newest_at()
    if newest is not None and newest - now() > _MAY_BE_AHEAD:
        yield findings.ClockBehindLedger(
            now=f"{now():%Y-%m-%d %H:%M} UTC", newest=f"{newest:%Y-%m-%d %H:%M} UTC"
        )
