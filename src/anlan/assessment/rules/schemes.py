"""Schemes: how a place is scored, as data with versions. A version holds for every period from its own on.

Read from `assessment.yaml`; the format is told at the head of that file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from anlan.kernel.errors import Invalid, NotFound
from anlan.kernel.reading import read_json

FILE = "assessment.yaml"
MONTHS_OF_YEAR = 12


class SchemeBroken(Invalid):
    """{file}, scheme {scheme}: {problem}"""


class SchemeChanged(Invalid):
    """Scheme {scheme}, version {version} is in force and differs from the file. Give what changed a version and a period of its own."""


class SchemeUnknown(NotFound):
    """There is no scheme “{scheme}” for {period}. `anlan assessment schemes` lists them."""


class Way(StrEnum):
    """How a value becomes points between 0 and 100."""

    MINMAX = "MINMAX"
    ZSCORE = "ZSCORE"
    RANK = "RANK"
    TARGET = "TARGET"


class Mean(StrEnum):
    """How points of indicators become one score: in the geometric mean a weak one cannot be made up for."""

    ARITHMETIC = "ARITHMETIC"
    GEOMETRIC = "GEOMETRIC"


class Term(StrEnum):
    """What a period is."""

    YEAR = "YEAR"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator of a score. goal, zero: values that give 100 and 0 points where the way is TARGET."""

    indicator: str
    weight: float
    way: Way
    goal: float | None = None
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Deduction:
    """points off for every `step` by which an indicator is worse than `beyond`, at most `most`; step 0: points at once."""

    indicator: str
    beyond: float
    points: float
    step: float
    most: float
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A score of at most `most` where an indicator is worse than `beyond`; a veto is a bar of 0."""

    indicator: str
    beyond: float
    most: float
    why_zh: str
    why_en: str

    @property
    def is_veto(self) -> bool:
        """Whether nothing is left of the score."""
        return self.most == 0


@dataclass(frozen=True, slots=True)
class Step:
    """An award after so many years passed in a row."""

    years: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Awards by years passed in a row; after the last step a star for every `star_every` years more (0: none)."""

    steps: tuple[Step, ...] = ()
    star_every: int = 0


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a scheme. level: of the assessed places. least_share: of all weights that must have a value for a score.

    doubt_percent: by how much each weight may be disputed; objection_days, decide_days: calendar days.
    """

    code: str
    version: int
    since: str
    term: Term
    level: str
    zh: str
    en: str
    mean: Mean
    passes_at: float
    parts: tuple[Part, ...]
    deductions: tuple[Deduction, ...]
    bars: tuple[Bar, ...]
    ladder: Ladder
    least_share: float
    doubt_percent: float
    objection_days: int
    decide_days: int
    source: str
    confidence: float

    @property
    def indicators(self) -> tuple[str, ...]:
        """Codes of all indicators that matter, each once, in the order of the file."""
        named = [
            one.indicator for group in (self.parts, self.deductions, self.bars) for one in group
        ]
        return tuple(dict.fromkeys(named))

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values, to be kept."""
        plain: dict[str, Any] = read_json(json.dumps(asdict(self)))
        return plain


def read_schemes(file: str, raw: Any, *, indicators: Mapping[str, bool]) -> list[Scheme]:
    """Make schemes of what a YAML file held. indicators: code → whether it has a direction. Raises SchemeBroken."""
    rows = raw.get("schemes") if isinstance(raw, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SchemeBroken(file=file, scheme="-", problem="a list named schemes is needed")
    given = {"source": raw.get("source", ""), "confidence": raw.get("confidence", 0.5)}
    found: list[Scheme] = []
    for row in rows:
        name = f"{row.get('code', '-')} {row.get('version', '')}".strip()
        try:
            scheme = _read(given | row)
            _check(scheme, indicators)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as wrong:
            problem = str(wrong) if type(wrong) is ValueError else repr(wrong)
            raise SchemeBroken(file=file, scheme=name[:60], problem=problem) from wrong
        found.append(scheme)
    _check_versions(file, found)
    return found


def read_kept(kept: Mapping[str, Any]) -> Scheme:
    """Make a scheme of what `as_json` gave."""
    rest = dict(kept)
    return Scheme(**rest | {
        "term": Term(rest["term"]), "mean": Mean(rest["mean"]),
        "parts": tuple(Part(**one | {"way": Way(one["way"])}) for one in rest["parts"]),
        "deductions": tuple(Deduction(**one) for one in rest["deductions"]),
        "bars": tuple(Bar(**one) for one in rest["bars"]),
        "ladder": Ladder(tuple(Step(**one) for one in rest["ladder"]["steps"]), rest["ladder"]["star_every"]),
    })  # fmt: skip


def in_force(schemes: Iterable[Scheme], *, code: str, period: str) -> Scheme:
    """Give the version of a scheme that holds for a period: the newest that begins no later. Raises SchemeUnknown.

    Years and months compare as text: "2026" begins no later than "2026-03".
    """
    fits = [one for one in schemes if one.code == code and one.since <= period]
    if not fits:
        raise SchemeUnknown(scheme=code[:60], period=period[:20])
    return max(fits, key=lambda one: (one.since, one.version))


def with_choices(
    scheme: Scheme, *, weights: Mapping[str, float] | None = None, ways: Mapping[str, Way] | None = None, mean: Mean | None = None
) -> Scheme:  # fmt: skip
    """Give a scheme with other weights (brought to 100), ways or mean, for trying out.

    A TARGET without goals stays as it was. Raises WeightUnfit.
    """
    weights, ways = weights or {}, ways or {}
    chosen = [weights.get(one.indicator, one.weight) for one in scheme.parts]
    if (
        not all(math.isfinite(weight) and 0 <= weight <= 1e6 for weight in chosen)
        or sum(chosen) <= 0
    ):
        raise WeightUnfit()
    total = sum(chosen)
    parts = []
    for one, weight in zip(scheme.parts, chosen, strict=True):
        way = ways.get(one.indicator, one.way)
        if way is Way.TARGET and one.goal is None:
            way = one.way
        parts.append(replace(one, weight=100 * weight / total, way=way))
    return replace(scheme, parts=tuple(parts), mean=mean or scheme.mean)


class WeightUnfit(Invalid):
    """A weight is a number from 0, and not all of them are 0."""


def _read(row: dict[str, Any]) -> Scheme:
    ladder, most = row.get("ladder") or {}, row.get("caps") or []
    usual = Way(row.get("way", "MINMAX"))
    return Scheme(
        code=_text(row["code"]), version=int(row["version"]), since=_text(row["since"]), term=Term(row.get("term", "YEAR")),
        level=_text(row["level"]), zh=_text(row["zh"]), en=_text(row["en"]), mean=Mean(row.get("mean", "ARITHMETIC")),
        passes_at=_number(row["passes_at"]),
        parts=tuple(_read_part(one, usual) for one in row["parts"]),
        deductions=tuple(
            Deduction(
                _text(one["indicator"]), _number(one["beyond"]), _number(one["points"]), _number(one.get("step", 0)),
                _number(one.get("most", one["points"])), _text(one["zh"]), _text(one["en"]),
            )
            for one in row.get("deductions") or []
        ),
        bars=tuple(
            Bar(_text(one["indicator"]), _number(one["beyond"]), _number(one.get("most", 0)), _text(one["zh"]), _text(one["en"]))
            for one in [*(row.get("vetoes") or []), *most]
        ),
        ladder=Ladder(
            tuple(Step(int(one["years"]), _text(one["zh"]), _text(one["en"])) for one in ladder.get("steps") or []),
            int(ladder.get("star_every", 0)),
        ),
        least_share=_number(row.get("least_share", 0.7)), doubt_percent=_number(row.get("doubt_percent", 25)),
        objection_days=int(row.get("objection_days", 15)), decide_days=int(row.get("decide_days", 15)),
        source=_text(row["source"]), confidence=_number(row["confidence"]),
    )  # fmt: skip


def _read_part(one: dict[str, Any], usual: Way) -> Part:
    goal, zero = one.get("goal"), one.get("zero")
    return Part(
        _text(one["indicator"]), _number(one["weight"]), Way(one.get("way", usual)),
        None if goal is None else _number(goal), None if zero is None else _number(zero),
    )  # fmt: skip


def _text(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text or not text.isprintable():
        raise ValueError(f"a text is missing or cannot be stored: {value!r}")
    return text


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number")
    return number


def _check(scheme: Scheme, indicators: Mapping[str, bool]) -> None:
    """Refuse what cannot be scored. Raises ValueError with the problem."""
    problems: list[str] = []
    period = r"\d{4}" if scheme.term is Term.YEAR else r"\d{4}-(0[1-9]|1[0-2])"
    if not re.fullmatch(period, scheme.since):
        problems.append(
            f"since is a {scheme.term.lower()}, written like {'2026' if scheme.term is Term.YEAR else '2026-01'}"
        )
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,39}", scheme.code) or scheme.version < 1:
        problems.append("a code of capitals and a version from 1 are needed")
    for code in scheme.indicators:
        if code not in indicators:
            problems.append(f"there is no indicator {code}")
        elif not indicators[code]:
            problems.append(
                f"{code} has no direction: neither more nor less of it is better, so it gives no points"
            )
    problems += _check_parts(scheme.parts)
    if any(
        one.points < 0 or one.step < 0 or not one.points <= one.most <= 100
        for one in scheme.deductions
    ):
        problems.append(
            "a deduction takes points from 0, by steps from 0, and at most as many as `most`, up to 100"
        )
    if any(not 0 <= one.most < 100 for one in scheme.bars):
        problems.append("a cap lies from 0 and below 100")
    years = [one.years for one in scheme.ladder.steps]
    if years != sorted(set(years)) or any(one < 1 for one in years) or scheme.ladder.star_every < 0:
        problems.append("steps of the ladder rise by years, from 1")
    if not (
        0 < scheme.passes_at <= 100
        and 0 < scheme.least_share <= 1
        and 0 <= scheme.doubt_percent < 100
    ):
        problems.append("passes_at lies up to 100, least_share up to 1, doubt_percent below 100")
    if not (
        1 <= scheme.objection_days <= 90
        and 1 <= scheme.decide_days <= 90
        and 0 <= scheme.confidence <= 1
    ):
        problems.append("days lie between 1 and 90, confidence between 0 and 1")
    if problems:
        raise ValueError("; ".join(problems))


def _check_parts(parts: Sequence[Part]) -> list[str]:
    problems = []
    total = sum(one.weight for one in parts)
    if not parts or any(one.weight <= 0 for one in parts) or abs(total - 100) > 1e-6:
        problems.append(f"weights are above 0 and come to 100; these come to {total:g}")
    if len({one.indicator for one in parts}) != len(parts):
        problems.append("an indicator gives points once")
    for one in parts:
        if (one.goal is None) != (one.zero is None) or (
            one.goal is not None and one.goal == one.zero
        ):
            problems.append(f"{one.indicator}: goal and zero stand together and differ")
        elif one.way is Way.TARGET and one.goal is None:
            problems.append(f"{one.indicator}: the way TARGET needs goal and zero")
    return problems


def _check_versions(file: str, schemes: Sequence[Scheme]) -> None:
    seen: dict[str, Scheme] = {}
    for one in schemes:
        before = seen.get(one.code)
        if before and (one.version <= before.version or one.since <= before.since):
            raise SchemeBroken(
                file=file,
                scheme=one.code,
                problem="versions and the periods from which they hold rise in the file",
            )
        if before and (one.term, one.level) != (before.term, before.level):
            raise SchemeBroken(
                file=file,
                scheme=one.code,
                problem="term and level stay; another one is a scheme of its own",
            )
        seen[one.code] = one
