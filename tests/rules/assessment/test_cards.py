"""Cards: one value, of places only; the ladder; periods."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from anlan.assessment.rules import cards
from anlan.assessment.rules.cards import (
    PersonInCard,
    Table,
    check_no_person,
    list_changes,
    make_cards,
    read_card,
)
from anlan.assessment.rules.ladder import count_run, find_award, years_to_next
from anlan.assessment.rules.periods import (
    PeriodAhead,
    PeriodMalformed,
    check_begun,
    merge,
    months_of,
)
from anlan.assessment.rules.schemes import Ladder, SchemeUnknown, Step, Term, in_force, read_kept
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Cadence, Direction, Family, Formula, Indicator, Side
from tests.rules.assessment.made import HIGHER, columns, scheme

LADDER = Ladder(
    (
        Step(3, "鼎", "Tripod"),
        Step(6, "铜鼎", "Bronze"),
        Step(9, "银鼎", "Silver"),
        Step(12, "金鼎", "Gold"),
    ),
    3,
)


def indicator(code: str) -> Indicator:
    return Indicator(
        code, Family("F", Side.SAFETY, "类", "Kind"), f"指标{code}", f"Indicator {code}", "", "", 1,
        Direction.HIGHER if HIGHER[code] else Direction.LOWER, Formula(), Cadence.MONTH, "", 0, 1000, 10, "made for tests", 1.0,
    )  # fmt: skip


def made(runs: dict[str, int] | None = None) -> list[cards.Card]:
    places = tuple(
        cards.Named(code, f"县{code}", f"County {code}") for code in ("330681", "330682")
    )
    table = Table(
        places,
        {code: indicator(code) for code in "ABC"},
        columns(A=[2, 4], B=[5, 10], C=[90, 80]),
        dict.fromkeys("ABC", (12, 12)),
    )
    return make_cards(
        scheme(ladder={"steps": [{"years": 3, "zh": "鼎", "en": "Tripod"}]}), table, period="2026", of_months=12, is_over=True,
        runs=runs or {}, made_at="2027-01-05T01:00:00+00:00",
    )  # fmt: skip


def test_a_card_comes_back_from_what_is_kept() -> None:
    for card in made({"330681": 2}):
        kept = card.as_json()
        assert read_card(kept).as_json() == kept
        assert read_card(kept).read_scheme() == scheme(
            ladder={"steps": [{"years": 3, "zh": "鼎", "en": "Tripod"}]}
        )
        assert read_kept(kept["scheme"]).as_json() == kept["scheme"]
    assert [card.run for card in made({"330681": 2})] == [3, 0]


def test_a_correction_says_what_changed() -> None:
    before = made()[1]
    assert list_changes(before, before) == []
    places = cards.table_of(made(), {code: indicator(code) for code in "ABC"})
    after = make_cards(
        scheme(),
        places.with_value("A", "330682", 1.0),
        period="2026",
        of_months=12,
        is_over=True,
        runs={},
        made_at="x",
    )[1]
    changes = {(what, code): (then, now) for what, code, then, now in list_changes(before, after)}
    assert changes["VALUE", "A"] == (4, 1)
    assert changes["POINTS", "A"] == (0, 100)
    assert changes["RANK", ""][0] == 2
    assert "SCORE" in {what for what, _ in changes}


@pytest.mark.parametrize(
    "text",
    [
        "请致电13800000000",
        "身份证33068119800101123X",
        "write to li.na@example.org",
        "account 2a6eef1a-0be9-4a2d-bdc1-349125420335",
    ],
)
def test_no_persons_number_enters_a_card(text: str) -> None:
    content = made()[0].as_json()
    check_no_person(content)
    for changed in (
        content | {"zh": text},
        content | {"scheme": content["scheme"] | {"source": text}},
        content | {text: 1},
    ):
        with pytest.raises(PersonInCard):
            check_no_person(changed)


def test_no_field_of_a_card_can_hold_a_person() -> None:
    """Every field, however deep, is a number, a text about places, or one of these; and none is named after a person."""
    allowed = {"str", "int", "float", "bool", "NoneType", "Cause", "Mapping", "Any"}
    forbidden = (
        "person",
        "people",
        "user",
        "login",
        "phone",
        "contact",
        "reporter",
        "signed_by",
        "_by",
        "actor",
    )
    seen: set[type] = set()

    def walk(kind: typing.Any) -> None:
        for part in typing.get_args(kind) or ([] if kind is Ellipsis else [kind]):
            if typing.get_args(part):
                walk(part)
            elif is_dataclass(part) and isinstance(part, type):
                if part in seen:
                    continue
                seen.add(part)
                hints = typing.get_type_hints(part)
                for field in fields(part):
                    assert not any(word in field.name for word in forbidden), field.name
                    walk(hints[field.name])
            elif part is not Ellipsis:
                assert getattr(part, "__name__", "Any") in allowed, part

    walk(cards.Card)
    assert {cards.Card, cards.Measured, cards.Peer} <= seen


@pytest.mark.parametrize(
    ("run", "award", "stars", "more"),
    [(0, None, 0, 3), (2, None, 0, 1), (3, "Tripod", 0, 3), (6, "Bronze", 0, 3), (9, "Silver", 0, 3), (12, "Gold", 0, 3), (16, "Gold", 1, 2), (18, "Gold", 2, 3)],
)  # fmt: skip
def test_the_ladder(run: int, award: str | None, stars: int, more: int) -> None:
    step, found = find_award(LADDER, run)
    assert (step.en if step else None, found, years_to_next(LADDER, run)) == (award, stars, more)


def test_a_year_nobody_knows_of_ends_a_run() -> None:
    assert count_run({2022: True, 2024: True, 2025: True}, year=2025) == 2
    assert count_run({2024: True, 2025: False}, year=2025) == 0


@pytest.mark.parametrize(
    ("period", "term"),
    [
        ("26", Term.YEAR),
        ("2026-10", Term.YEAR),
        ("2026", Term.MONTH),
        ("2026-13", Term.MONTH),
        ("２０２６", Term.YEAR),
    ],
)
def test_a_period_that_is_none_is_refused(period: str, term: Term) -> None:
    with pytest.raises(PeriodMalformed):
        months_of(period, term)


def test_a_period_that_has_not_begun_is_refused() -> None:
    assert check_begun("2026", Term.YEAR, today=date(2027, 1, 1))
    assert not check_begun("2026", Term.YEAR, today=date(2026, 12, 31))
    with pytest.raises(PeriodAhead):
        check_begun("2027", Term.YEAR, today=date(2026, 12, 31))


def test_months_become_a_year() -> None:
    share = merge(
        [Part(10, 1, 10), Part(50, 15, 30)], Formula(count="closed_late", of="closed", times=100)
    )
    assert share.value == pytest.approx(40)
    assert merge([Part(3.0), None, Part(5.0)], Formula()).value == 4
    assert merge([Part(3.0, 3, None), Part(5.0, 5, None)], Formula(count="opened")).value == 8
    assert merge([None, Part(None, 1, 0)], Formula(count="opened")).value is None


def test_the_version_in_force_is_the_newest_that_has_begun() -> None:
    one, two = scheme(), scheme(version=2, since="2028")
    assert in_force([one, two], code="S", period="2027") is one
    assert in_force([one, two], code="S", period="2028") is two
    for code, period in (("S", "2025"), ("T", "2027")):
        with pytest.raises(SchemeUnknown):
            in_force([one, two], code=code, period=period)
