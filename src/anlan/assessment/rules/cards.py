"""Cards: what is published of a place, as one value of which everything shown is made. Places only: no person can stand in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anlan.assessment.rules.ranks import Column, Counted, Doubt, Place, rank_places
from anlan.assessment.rules.schemes import Scheme, read_kept
from anlan.assessment.rules.scoring import Cause, Loss, Score, score_places
from anlan.indicators.rules.register import Direction, Indicator, Kind
from anlan.kernel.errors import Invalid

DIGITS = 6


class PersonInCard(Invalid):
    """A card is about a place. “{field}” holds what looks like a person's number or account; leave it out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator's value on a card, with what one needs to check it. months: with a value, of how many."""

    indicator: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    decimals: int
    is_higher_better: bool
    kind: str
    times: float
    value: float | None
    numerator: float | None
    denominator: float | None
    months: int
    source: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Peer:
    """A place beside which this one is ranked; None everywhere: it could not be scored."""

    code: str
    zh: str
    en: str
    score: float | None
    rank: int | None
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """A place's card. points: of each part, in the scheme's order. run: years passed in a row, this one included.

    made_at: ISO, UTC. of_months: how many months the period has.
    """

    place: str
    zh: str
    en: str
    period: str
    of_months: int
    is_over: bool
    scheme: Mapping[str, Any]
    measured: tuple[Measured, ...]
    points: tuple[float | None, ...]
    known_share: float
    score: float | None
    low: float | None
    high: float | None
    losses: tuple[Loss, ...]
    is_vetoed: bool
    is_passed: bool
    rank: int | None
    first: int | None
    last: int | None
    of: int
    alone: Mapping[str, tuple[int, int]]
    peers: tuple[Peer, ...]
    run: int
    made_at: str

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values, numbers to a millionth, so that its digest is the same everywhere."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    def find(self, code: str) -> Measured:
        """Give an indicator's value."""
        return next(one for one in self.measured if one.indicator == code)

    def read_scheme(self) -> Scheme:
        """Give the scheme by which it was scored."""
        return read_kept(self.scheme)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def read_card(kept: Mapping[str, Any]) -> Card:
    """Make a card of what `as_json` gave."""
    return Card(**dict(kept) | {
        "measured": tuple(Measured(**one) for one in kept["measured"]), "points": tuple(kept["points"]),
        "losses": tuple(Loss(**one | {"cause": Cause(one["cause"])}) for one in kept["losses"]),
        "peers": tuple(Peer(**one) for one in kept["peers"]),
        "alone": {name: (ends[0], ends[1]) for name, ends in kept["alone"].items()},
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A place to be scored."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Table:
    """Peers and their values, by indicator. months: how many of the period have a value, by indicator and place."""

    places: tuple[Named, ...]
    indicators: Mapping[str, Indicator]
    columns: Mapping[str, Column]
    months: Mapping[str, tuple[int, ...]]

    def with_value(self, indicator: str, place: str, value: float) -> Table:
        """Give the table with one value stated instead, to which chance does nothing."""
        cells = list(self.columns[indicator].cells)
        cells[[one.code for one in self.places].index(place)] = Counted(value)
        return self._with(indicator, tuple(cells))

    def with_cell(self, indicator: str, place: str, cell: Counted) -> Table:
        """Give the table with another value in one place."""
        cells = list(self.columns[indicator].cells)
        cells[[one.code for one in self.places].index(place)] = cell
        return self._with(indicator, tuple(cells))

    def _with(self, indicator: str, cells: tuple[Counted, ...]) -> Table:
        old = self.columns[indicator]
        column = Column(old.kind, old.is_higher_better, old.times, cells)
        return Table(
            self.places, self.indicators, dict(self.columns) | {indicator: column}, self.months
        )


def make_column(indicator: Indicator, cells: Sequence[Counted]) -> Column:
    """Make a column of an indicator's values."""
    formula = indicator.formula
    return Column(
        formula.kind, indicator.direction is Direction.HIGHER, formula.times, tuple(cells)
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A place scored and ranked among its peers."""

    place: Named
    score: Score
    standing: Place | None


def judge(scheme: Scheme, table: Table) -> list[Judged]:
    """Score and rank all places of a table."""
    values = {code: column.values for code, column in table.columns.items()}
    higher = {code: column.is_higher_better for code, column in table.columns.items()}
    scores = score_places(scheme, values, higher)
    standings = rank_places(scheme, table.columns, [one.score for one in scores])
    return [Judged(*row) for row in zip(table.places, scores, standings, strict=True)]


def make_cards(
    scheme: Scheme, table: Table, *, period: str, of_months: int, is_over: bool, runs: Mapping[str, int], made_at: str
) -> list[Card]:  # fmt: skip
    """Make the cards of all places of a table. runs: years passed in a row before this period, by place.

    Raises PersonInCard.
    """
    judged = judge(scheme, table)
    peers = tuple(
        sorted(
            (_peer(one) for one in judged), key=lambda one: (one.rank is None, one.rank, one.code)
        )
    )
    cards = [
        _make(scheme, table, one, n, peers, period, of_months, is_over, runs, made_at)
        for n, one in enumerate(judged)
    ]
    for card in cards:
        check_no_person(card.as_json())
    return cards


def _peer(one: Judged) -> Peer:
    standing = one.standing
    return Peer(
        one.place.code, one.place.zh, one.place.en, one.score.score,
        *((standing.rank, standing.first, standing.last) if standing else (None, None, None)),
    )  # fmt: skip


def _make(
    scheme: Scheme, table: Table, one: Judged, n: int, peers: tuple[Peer, ...], period: str, of_months: int, is_over: bool,
    runs: Mapping[str, int], made_at: str,
) -> Card:  # fmt: skip
    score, standing = one.score, one.standing
    is_passed = score.score is not None and not score.is_vetoed and score.score >= scheme.passes_at
    return Card(
        place=one.place.code, zh=one.place.zh, en=one.place.en, period=period, of_months=of_months, is_over=is_over,
        scheme=scheme.as_json(), measured=tuple(_measure(table, code, n) for code in scheme.indicators), points=score.parts,
        known_share=score.known_share, score=score.score, low=standing.low if standing else None,
        high=standing.high if standing else None, losses=score.losses, is_vetoed=score.is_vetoed, is_passed=is_passed,
        rank=standing.rank if standing else None, first=standing.first if standing else None,
        last=standing.last if standing else None, of=standing.of if standing else 0,
        alone={doubt.value: standing.alone[doubt] for doubt in Doubt} if standing else {}, peers=peers,
        run=runs.get(one.place.code, 0) + 1 if is_passed and is_over else 0, made_at=made_at,
    )  # fmt: skip


def _measure(table: Table, code: str, n: int) -> Measured:
    indicator, column = table.indicators[code], table.columns[code]
    cell = column.cells[n]
    return Measured(
        code, indicator.name, indicator.name_en, indicator.unit, indicator.unit_en, indicator.decimals, column.is_higher_better,
        column.kind.value, column.times, cell.value, cell.numerator, cell.denominator, table.months[code][n], indicator.source,
        indicator.confidence,
    )  # fmt: skip


def table_of(cards: Sequence[Card], indicators: Mapping[str, Indicator]) -> Table:
    """Put the table together again that cards of one group were made of."""
    codes = [one.indicator for one in cards[0].measured]
    found = {code: [card.find(code) for card in cards] for code in codes}
    return Table(
        tuple(Named(card.place, card.zh, card.en) for card in cards), {code: indicators[code] for code in codes},
        {
            code: Column(
                Kind(row[0].kind), row[0].is_higher_better, row[0].times,
                tuple(Counted(one.value, one.numerator, one.denominator) for one in row),
            )
            for code, row in found.items()
        },
        {code: tuple(one.months for one in row) for code, row in found.items()},
    )  # fmt: skip


Change = tuple[str, str, float | None, float | None]
"""What, of which indicator (or empty), before, now."""


def list_changes(before: Card, now: Card) -> list[Change]:
    """List what differs between two cards of a place: values, points, score, rank and the ends of its interval."""
    changes: list[Change] = []
    for old, new in zip(before.measured, now.measured, strict=True):
        if _differs(old.value, new.value):
            changes.append(("VALUE", old.indicator, old.value, new.value))
    for part, old_points, new_points in zip(
        now.read_scheme().parts, before.points, now.points, strict=True
    ):
        if _differs(old_points, new_points):
            changes.append(("POINTS", part.indicator, old_points, new_points))
    for what in ("score", "rank", "first", "last", "run"):
        then, since = getattr(before, what), getattr(now, what)
        if _differs(then, since):
            changes.append((what.upper(), "", then, since))
    if before.is_passed != now.is_passed:
        changes.append(("PASSED", "", float(before.is_passed), float(now.is_passed)))
    return changes


def _differs(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > 10.0**-DIGITS * 2


_PERSON = (
    re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
)
"""A telephone, an identity number, an account's id, an address."""
_SKIPPED = {"place", "code"}
"""Codes of places, which may have as many digits; they are taken from the gazetteer."""


def check_no_person(content: Any) -> None:
    """Refuse what looks like a person's number or account anywhere in a card. Raises PersonInCard."""
    for field, text in _texts(content, "card"):
        if field not in _SKIPPED and any(pattern.search(text) for pattern in _PERSON):
            raise PersonInCard(field=field)


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield field, str(name)
            yield from _texts(part, str(name))
    elif isinstance(value, Iterable):
        for part in value:
            yield from _texts(part, field)
