"""Preparing a batch of rows: places, matters, routes and clocks for thousands at once.

Texts that are alike to the letter are classified once, points are located together, and clocks that
start at the same instant are worked out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import numpy as np

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import Catalogue, Clocks, Profile, set_clocks
from anlan.intake.rules import (
    Channel,
    ContactDetails,
    Mapping,
    PlaceMissing,
    Record,
    Report,
    RowRejected,
    RowReport,
    check_point,
    check_text,
)
from anlan.kernel import codes
from anlan.kernel.errors import AnlanError
from anlan.kernel.ids import make_ids
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, to_wgs84
from anlan.triage import queries, rules
from anlan.triage.actions.opening import Opening, Spot
from anlan.triage.queries import routing

IMPORT_SENDER = "import"
NO_CONTACT = ContactDetails()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was set aside, with its reason."""

    number: int
    code: str
    problem: str
    line: str


@dataclass(frozen=True, slots=True)
class ImportedOpening:
    """An opening with the instants that its file gives it (UTC)."""

    opening: Opening
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Batch:
    openings: list[ImportedOpening]
    rejects: list[Reject]


@dataclass(slots=True)
class _Row:
    number: int
    row: RowReport
    text: str
    line: str
    spot: Spot | None = None
    choice: rules.Choice | None = None


@lru_cache(maxsize=65536)
def _clocks(start_at: datetime, profile: Profile, calendar: str, time_zone: str) -> Clocks:
    return set_clocks(start_at, profile, calendar=calendar, time_zone=time_zone)


@dataclass(frozen=True, slots=True)
class Known:
    """What a whole run decides by: the places, catalogue and classifier as it began."""

    gazetteer: Gazetteer
    catalogue: Catalogue
    trained: queries.Trained
    routing: rules.RuleSet

    @classmethod
    def load(cls, jurisdiction: str) -> Known:
        """Take what is known now. Raises NoMatters."""
        return cls(
            get_gazetteer(), get_catalogue(), queries.get_trained(jurisdiction),
            routing.get_rules(jurisdiction),
        )  # fmt: skip


def row_key(file_digest: str, number: int) -> str:
    """Name a row of a file: its signal's idempotency key, whatever mapping it is read by."""
    return f"{file_digest[:32]}:{number}"


def prepare_batch(
    records: Sequence[Record],
    mapping: Mapping,
    known: Known,
    *,
    file_digest: str,
    first_id: int,
    at: datetime,
) -> Batch:
    """Prepare a batch of records without asking the database; bad ones are set aside.

    first_id: the first of two reserved places a record, for the ids of its case and its signal.
    """
    gazetteer = known.gazetteer
    rejects: list[Reject] = []
    rows = [r for record in records if (r := _read(record, mapping, rejects)) is not None]
    _find_spots(rows, mapping, gazetteer)
    _choose_matters(rows, known.trained)
    openings: list[ImportedOpening] = []
    routes: dict[tuple[int, str], rules.Route] = {}
    ids = make_ids(first_id, 2 * len(rows))
    named = zip(codes.new_codes(len(rows)), ids[: len(rows)], ids[len(rows) :], strict=True)
    for row, names in zip(rows, named, strict=True):
        try:
            key = row_key(file_digest, row.number)
            opening = _open(row, names, key, mapping, known, routes, at)
        except AnlanError as wrong:
            rejects.append(Reject(row.number, wrong.code, wrong.message, row.line))
            continue
        openings.append(ImportedOpening(opening, row.row.opened_at or at, row.row.closed_at))
    return Batch(openings, sorted(rejects, key=lambda r: r.number))


def _read(record: Record, mapping: Mapping, rejects: list[Reject]) -> _Row | None:
    if record.problem:
        rejects.append(Reject(record.number, "ROW_BROKEN", record.problem, record.line))
        return None
    try:
        row = mapping.read_row(record.values)
        return _Row(record.number, row, check_text(row.text), record.line)
    except AnlanError as wrong:
        rejects.append(Reject(record.number, wrong.code, wrong.message, record.line))
        return None


def _find_spots(rows: Sequence[_Row], mapping: Mapping, gazetteer: Gazetteer) -> None:
    pointed = []
    for row in rows:
        try:
            if check_point(row.row.lon, row.row.lat) is not None:
                pointed.append(row)
        except AnlanError:
            continue  # _open meets the same point again and sets the row aside
    if not pointed:
        return
    points = np.array([(r.row.lon, r.row.lat) for r in pointed], dtype=np.float64)
    if mapping.datum == "gcj02":
        points = np.array([to_wgs84(lon, lat) for lon, lat in points])
        for row, (lon, lat) in zip(pointed, points, strict=True):
            row.row = replace(row.row, lon=float(lon), lat=float(lat))
    for row, place_id in zip(
        pointed, gazetteer.locate_many(points[:, 0], points[:, 1]), strict=True
    ):
        if place_id >= 0:
            row.spot = Spot(gazetteer.place(int(place_id)), "POINT")


def _choose_matters(rows: Sequence[_Row], trained: queries.Trained) -> None:
    unstated: dict[str, list[_Row]] = {}
    for row in rows:
        if row.row.matter:
            continue
        unstated.setdefault(row.text, []).append(row)
    if not unstated:
        return
    texts = list(unstated)
    for text, probabilities in zip(texts, trained.predict(texts), strict=True):
        choice = trained.weigh(text, probabilities)
        for row in unstated[text]:
            row.choice = choice


def _open(
    row: _Row,
    names: tuple[str, UUID, UUID],
    idempotency_key: str,
    mapping: Mapping,
    known: Known,
    routes: dict[tuple[int, str], rules.Route],
    at: datetime,
) -> Opening:
    code, case_id, signal_id = names
    gazetteer, catalogue = known.gazetteer, known.catalogue
    data = row.row
    check_point(data.lon, data.lat)
    if data.opened_at and data.opened_at > at:
        raise RowRejected(problem="it is opened in the future")
    if data.closed_at and data.closed_at > at:
        raise RowRejected(problem="it is closed in the future")
    spot = row.spot
    if spot is None:
        if not data.place_code:
            raise PlaceMissing()
        by = "NAMED" if data.lon is None else "POINT_OUTSIDE"
        spot = Spot(gazetteer.place_by_code(data.place_code), by)
    choice = row.choice or rules.Choice(
        catalogue.matter(mapping.jurisdiction, data.matter), 1.0, "STATED"
    )
    zone = gazetteer.time_zone(spot.place.id)
    key = (spot.place.id, choice.matter.department)
    if known.routing.candidates(choice.matter, spot.place.path):
        facts = rules.Facts(
            choice.matter, spot.place.id, spot.place.path, Channel.IMPORT, row.text,
            data.opened_at or at, gazetteer.calendar(spot.place.id), zone,
        )  # fmt: skip
        route = rules.route_by_rules(gazetteer, known.routing, facts)
    else:
        if key not in routes:
            routes[key] = rules.route(
                gazetteer, place_id=spot.place.id, department=choice.matter.department
            )
        route = routes[key]
    return Opening(
        signal_id=signal_id, case_id=case_id, code=code,
        report=Report(
            text=row.text, channel=Channel.IMPORT, lon=data.lon, lat=data.lat,
            place_code=spot.place.code, stated_matter=data.matter, contact=NO_CONTACT,
            sender=IMPORT_SENDER, idempotency_key=idempotency_key, external_ref=data.external_ref,
        ),
        text=row.text, spot=spot, choice=choice, route=route,
        clocks=_clocks(
            data.opened_at or at, catalogue.profile(choice.matter),
            gazetteer.calendar(spot.place.id), zone,
        ),
        classifier_id=known.trained.version_id if choice.by != "STATED" else None,
        time_zone=zone,
    )  # fmt: skip
