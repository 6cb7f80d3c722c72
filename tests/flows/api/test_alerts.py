"""The alert rules ask for figures that exist, by labels that exist; unusual conduct moves them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from anlan.cases.rules import case_procedure
from anlan.config.operating import counts, doctor, metrics
from anlan.config.operating.doctor import running
from anlan.dispatch.rules import dispatch_procedure
from anlan.kernel.actor import SYSTEM
from anlan.kernel.errors import AnlanError
from anlan.kernel.ids import new_id
from anlan.ledger import actions as ledger
from anlan.ledger.rules import VERIFICATION, VERIFIED
from anlan.notices.rules import Channel, State
from anlan.privacy.rules import access_procedure
from tests.flows.api.calls import Api
from tests.house.floors import PROJECT
from tests.make import NOW, World

TOKEN = "a-token-for-the-figures"
RULES = PROJECT / "deploy" / "prometheus" / "anlan.rules.yaml"
ALERTS = [
    rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
]


@pytest.fixture(autouse=True)
def fresh(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    metrics.forget_figures()


def read_page() -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def known_values() -> dict[str, set[str]]:
    """Every value that a label of the rules may ask for, read from the product, not from the rules."""
    sources = "".join(file.read_text("utf-8") for file in (PROJECT / "src" / "anlan").rglob("*.py"))
    what = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', sources))
    for kind, procedure in (
        ("case", case_procedure(1)), ("dispatch", dispatch_procedure(1)),
        ("access", access_procedure(1)),
    ):  # fmt: skip
        what |= {f"{kind}.{move}" for move in procedure.moves}

    def kin(error: type[AnlanError]) -> set[str]:
        return {error.code}.union(*(kin(each) for each in error.__subclasses__()))

    return {
        "what": what, "code": kin(AnlanError), "state": set(State), "channel": {*Channel, "IMPORT"},
        "status": {"401", "403", "429", "500", "503"},
    }  # fmt: skip


def test_every_rule_asks_for_what_is_on_the_page(world: World) -> None:
    Api(world, "app").post("/signals", Api(world).signal())
    page, values = read_page(), known_values()
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS) > 20
    for rule in ALERTS:
        asked = re.findall(r"\b(anlan_\w+)(?:\{([^}]*)\})?", rule["expr"])
        assert asked, rule["alert"]
        for name, chosen in asked:
            assert name in page, f"{rule['alert']} asks for {name}, which /metrics does not give"
            has = {label for labels in page[name] for label, _ in labels}
            for label, how, wanted in re.findall(r'(\w+)(=~|!=|!~|=)"([^"]*)"', chosen):
                assert label in has, f"{rule['alert']}: {name} has no label {label}"
                fits = [v for v in values[label] if re.fullmatch(wanted, v)]
                assert fits, f"{rule['alert']}: no {label} is like {wanted} ({how})"
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert {"summary", "summary_zh"} <= set(rule["annotations"])


def test_what_is_rare_and_watched_stands_at_nought_from_the_start(world: World) -> None:
    values = known_values()
    page = read_page()
    for name, shown in counts.RARE.items():
        labels = counts.COUNTERS[name][1]
        for chosen in shown:
            pairs = list(zip(labels, chosen, strict=True))
            assert all(value in values[label] for label, value in pairs), f"never: {pairs}"
            assert frozenset(pairs) in page[f"anlan_{name}_total"]


def grown(name: str, label: str, value: str, since: Any) -> float:
    key = frozenset({(label, value)})
    return read_page()[name][key] - since[name].get(key, 0.0)


def test_unusual_conduct_moves_the_figures(world: World) -> None:
    before = read_page()
    Client().post("/sign-in", {"login": "nobody", "password": "not the right one"})
    Api(world, "desk").get(f"/cases/{new_id()}")
    Api(world).get(f"/cases/{new_id()}", Authorization="Bearer wrong")
    for name, label, value in (
        ("anlan_ledger_entries_total", "what", "person.sign_in_failed"),
        ("anlan_obstacles_total", "code", "CASE_NOT_VISIBLE"),
        ("anlan_obstacles_total", "code", "TOKEN_UNKNOWN"),
    ):
        assert grown(name, label, value, before) >= 1, value


def test_what_the_nightly_check_of_the_ledger_said_is_told(world: World) -> None:
    assert read_page()["anlan_ledger_verified_timestamp_seconds"][frozenset()] == 0
    ledger.write(
        actor=SYSTEM, what=VERIFIED, about_kind="ledger", about_id=VERIFICATION,
        data={"size": 9, "findings": 2, "kinds": ["ENTRY_REMOVED"]}, at=NOW,
    )  # fmt: skip
    metrics.forget_figures()
    page = read_page()
    assert page["anlan_ledger_verified_timestamp_seconds"][frozenset()] == NOW.timestamp()
    assert page["anlan_ledger_findings"][frozenset()] == 2
    assert [found.error.code for found in doctor.run([running.check_ledger])] == [
        "LEDGER_NOT_INTACT"
    ]
