"""Who sees which cases: by place, by department, never by accident of a code's first digits."""

from __future__ import annotations

import pytest

from anlan.cases import queries
from anlan.cases.actions import move_case
from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible, Given
from anlan.kernel.actor import REPORTER, SYSTEM, Actor, ActorKind, Role, Seat
from anlan.places.queries import get_gazetteer
from tests.make import (
    COUNTY,
    GRID,
    NOW,
    OTHER_GRID,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    World,
)

LAMP, NOISE = "村口路灯坏了三天，晚上看不清路", "楼上半夜拖椅子,邻居吵得睡不着"


def path(code: str) -> str:
    return get_gazetteer().place_by_code(code).path


def seated(*seats: Seat) -> Actor:
    return Actor(ActorKind.PERSON, None, "somebody", seats)


@pytest.fixture
def cases(world: World) -> dict[str, Case]:
    """Give three cases: a lamp (construction) and a noise (grid) in one town, a noise in the other."""
    return {
        name: Case.objects.get(pk=world.take(text, place_code=grid, lon=None, lat=None).case_id)
        for name, text, grid in (
            ("lamp", LAMP, GRID), ("noise", NOISE, GRID), ("far", NOISE, OTHER_GRID),
        )
    }  # fmt: skip


def seen(actor: Actor, cases: dict[str, Case]) -> set[str]:
    ids = set(Case.objects.visible_to(actor).values_list("pk", flat=True))
    return {name for name, case in cases.items() if case.pk in ids}


def test_each_person_sees_what_the_seat_opens(world: World, cases: dict[str, Case]) -> None:
    own_town, everything = {"lamp", "noise"}, {"lamp", "noise", "far"}
    expected = {
        "grid": own_town, "lead": own_town, "cadre": own_town, "desk": own_town,
        "centre": everything, "leader": everything, "principal": everything,
        "builder": {"lamp"}, "mediator": set(), "officer": {"lamp"},
        "volunteer": set(), "safety": set(), "resident": set(),
        "other_grid": {"far"}, "other_desk": {"far"},
    }  # fmt: skip
    assert {login: seen(world.actor(login), cases) for login in expected} == expected
    assert seen(SYSTEM, cases) == everything
    assert seen(REPORTER, cases) == set()


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.ENTERPRISE_SAFETY_OFFICER, Role.RESIDENT])
def test_some_roles_open_nothing_wherever_they_sit(
    world: World, cases: dict[str, Case], role: Role
) -> None:
    assert seen(seated(Seat(role, path(COUNTY))), cases) == set()


def test_a_department_seat_opens_also_what_it_co_handles(
    world: World, cases: dict[str, Case]
) -> None:
    fire = seated(Seat(Role.DEPARTMENT, path(COUNTY), "FIRE"))
    assert seen(fire, cases) == set()
    Case.objects.filter(pk=cases["far"].pk).update(departments=["GRID", "FIRE"])
    assert seen(fire, cases) == {"far"}


def test_a_wider_seat_swallows_the_narrower_ones(world: World, cases: dict[str, Case]) -> None:
    wide = Seat(Role.TOWN_DESK, path(TOWN))
    inside = [
        Seat(Role.GRID_WORKER, path(GRID)), Seat(Role.VILLAGE_CADRE, path(VILLAGE)),
        Seat(Role.DEPARTMENT, path(TOWN), "FIRE"), Seat(Role.DEPARTMENT, path(GRID), "GRID"),
    ]  # fmt: skip
    both = str(Case.objects.visible_to(seated(wide, *inside)).query)
    assert both == str(Case.objects.visible_to(seated(wide)).query)
    # A seat of one department is no wide one: the whole grid still counts.
    narrow = seated(Seat(Role.DEPARTMENT, path(TOWN), "FIRE"), Seat(Role.GRID_WORKER, path(GRID)))
    assert seen(narrow, cases) == {"lamp", "noise"}


def test_places_whose_codes_begin_alike_are_kept_apart(
    world: World, cases: dict[str, Case]
) -> None:
    paths = {"33": "33", "33.01": "33.01", "33.010": "33.010", "330": "330", "33.01.5": "33.01.5",
             "33.01_": "33.01_", "33.01A": "33.01A", "33.01.0": "33.01.0"}  # fmt: skip
    template = cases["lamp"]
    for number, value in enumerate(paths.values()):
        Case.objects.create(
            **{
                f.attname: getattr(template, f.attname)
                for f in Case._meta.concrete_fields
                if f.attname not in ("id", "code", "place_path")
            },
            code=f"TEST{number:06}", place_path=value,
        )  # fmt: skip

    def below(value: str) -> set[str]:
        found = Case.objects.visible_to(seated(Seat(Role.TOWN_DESK, value)))
        return set(found.values_list("place_path", flat=True))

    assert below("33.01") == {"33.01", "33.01.5", "33.01.0"}
    assert below("33") == set(paths) - {"330"}
    assert below("330") == {"330"}
    assert below("33.010") == {"33.010"}
    for value in paths:
        assert below(value) == {p for p in paths if Seat(Role.TOWN_DESK, value).covers(p, ())}, (
            value
        )


def test_forty_seats_are_still_one_statement(
    world: World, cases: dict[str, Case], django_assert_num_queries
) -> None:
    grids = [p.path for p in get_gazetteer().descendants(get_gazetteer().place_by_code(COUNTY).id)
             if p.level == "GRID"]  # fmt: skip
    departments = ("", "FIRE", "GRID", "CONSTRUCTION", "MEDIATION")
    actor = seated(*(Seat(Role.DEPARTMENT, g, d) for g in grids for d in departments))
    assert len(actor.seats) == 40
    with django_assert_num_queries(1):
        page = queries.list_cases(actor=actor, wanted=queries.Filter(), at=NOW)
    assert {c.pk for c in page.cases} == {c.pk for c in cases.values()}


def test_what_is_out_of_sight_and_what_does_not_exist_look_alike(
    world: World, cases: dict[str, Case]
) -> None:
    stranger = world.actor("other_desk")
    with pytest.raises(CaseNotVisible) as hidden:
        queries.access_case(actor=stranger, case_id=cases["lamp"].pk)
    with pytest.raises(CaseNotVisible) as absent:
        queries.access_case(actor=stranger, case_id=world.person_ids["grid"])
    assert (hidden.value.code, hidden.value.status) == (absent.value.code, absent.value.status)
    with pytest.raises(CaseNotVisible):
        queries.get_case_by_code(actor=stranger, code=cases["lamp"].code)
    found = queries.get_case_by_code(actor=world.actor("desk"), code=cases["lamp"].code.lower())
    assert found.pk == cases["lamp"].pk


def test_a_grid_worker_sees_but_does_not_handle_what_a_department_was_given(
    world: World, cases: dict[str, Case]
) -> None:
    unit_id = world.unit_id(TOWN, "CONSTRUCTION")
    case = move_case(
        actor=world.actor("desk"), case_id=cases["lamp"].pk, move="assign_down",
        given=Given(unit_id=unit_id), at=NOW,
    )  # fmt: skip
    assert queries.list_moves(actor=world.actor("grid"), case=case) == []
    assert "sign_for" in {
        m.code for m in queries.list_moves(actor=world.actor("builder"), case=case)
    }
    assert queries.list_moves(actor=world.actor("principal"), case=case) == []


def test_the_other_town_is_not_this_town(world: World, cases: dict[str, Case]) -> None:
    assert path(OTHER_TOWN) != path(TOWN)
    assert seen(seated(Seat(Role.TOWN_DESK, path(OTHER_TOWN))), cases) == {"far"}
