"""Makes synthetic storm nights from a seed. Everything is invented; only the county's place is real.

Cases lie around village centres, denser where the storm's band crosses the county; teams stand at
towns and at the county seat. A night is a function of its name: the same on every machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from anlan.dispatch.rules.storm import Call, Team

WEST, SOUTH, EAST, NORTH = 119.95, 29.38, 120.52, 29.98
"""The rough box of the demo county, 诸暨."""
CENTRE = (120.236, 29.713)
SKILLS = {"CLEAR": 0.34, "POWER": 0.22, "WATER": 0.2, "HOUSING": 0.14, "RESCUE": 0.1}
"""What a storm's cases need, with their shares: invented."""
SERVICE = {"CLEAR": (20, 45), "POWER": (25, 60), "WATER": (20, 50), "HOUSING": (15, 35),
           "RESCUE": (25, 60)}  # fmt: skip
LEVELS = (("URGENT", 6.0, 60, 0.2), ("ORDINARY", 2.0, 240, 0.6), ("COMPLEX", 1.0, 480, 0.2))
"""Level, weight, minutes allowed from the report, share."""


@dataclass(frozen=True, slots=True)
class Night:
    """What a night is drawn from."""

    cases: int
    teams: int
    seed: int
    skills_each: tuple[int, int]
    shift_minutes: tuple[int, int]
    reported_within: int
    slack: float = 1.0
    towns: int = 23
    spread: float = 1.0
    bound: bool = False
    """Whether teams take cases of their own town only."""


NIGHTS = {
    "published": Night(500, 60, 20260728, (2, 3), (420, 720), 150),
    "harder": Night(650, 60, 20260729, (1, 2), (300, 600), 240),
    "near": Night(
        180, 60, 20260730, (5, 5), (600, 720), 60, slack=3.0, towns=60, spread=0.15, bound=True
    ),
}


def make_night(name: str) -> tuple[list[Call], list[Team]]:
    """Make a night by name."""
    night = NIGHTS[name]
    chance = random.Random(night.seed)
    towns = [(chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)) for _ in range(night.towns)]
    villages = [
        (
            town[0] + night.spread * chance.gauss(0, 0.025),
            town[1] + night.spread * chance.gauss(0, 0.022),
        )
        for town in towns for _ in range(20)
    ]  # fmt: skip
    band = [
        1.0
        if night.towns >= night.teams
        else 2.718 ** (-(((v[1] - SOUTH) - (v[0] - WEST)) ** 2) / 0.02) + 0.15
        for v in villages
    ]
    calls = []
    for number in range(night.cases):
        where = chance.choices(range(len(villages)), band)[0]
        village = villages[where]
        skill = chance.choices(list(SKILLS), list(SKILLS.values()))[0]
        level = chance.choices(LEVELS, [share for *_rest, share in LEVELS])[0]
        waited = chance.uniform(0, night.reported_within)
        calls.append(
            Call(
                key=f"SYNTHETIC-{number:04d}",
                lon=round(village[0] + night.spread * chance.gauss(0, 0.006), 6),
                lat=round(village[1] + night.spread * chance.gauss(0, 0.005), 6),
                service_minutes=chance.randint(*SERVICE[skill]),
                due_minutes=round(level[2] * night.slack - waited, 1),
                weight=level[1], fits=frozenset({skill}),
                place_path=f"county.town{where // 20}",
            )
        )  # fmt: skip
    teams = []
    for number in range(night.teams):
        is_central = number % 5 == 0 and night.towns < night.teams
        town = CENTRE if is_central else towns[number % len(towns)]
        first = list(SKILLS)[number % len(SKILLS)]
        others = chance.sample(
            [s for s in SKILLS if s != first], chance.randint(*night.skills_each) - 1
        )
        teams.append(
            Team(
                key=f"SYNTHETIC-TEAM-{number:02d}",
                lon=round(town[0] + chance.gauss(0, 0.004), 6),
                lat=round(town[1] + chance.gauss(0, 0.004), 6),
                skills=frozenset({first, *others}),
                free_minutes=float(chance.choice([0, 0, 0, 10, 25, 40])),
                until_minutes=float(chance.randint(*night.shift_minutes)),
                place_paths=(f"county.town{number % len(towns)}",) if night.bound else (),
            )
        )  # fmt: skip
    return calls, teams
