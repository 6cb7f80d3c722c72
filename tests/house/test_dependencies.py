"""Every part of others is listed with version, hash and an allowed licence, and can be audited."""

import importlib.metadata
import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.house import audit, bill
from tests.house.floors import PROJECT

PACKAGES = bill.list_packages()
FACTS = bill.read_facts()


def terms(licence: str) -> set[str]:
    return {each for each in re.split(r"\s+(?:AND|OR)\s+|[()]", licence) if each}


def test_every_locked_package_has_a_licence_on_the_list() -> None:
    assert set(FACTS["packages"]) == {package.name for package in PACKAGES}
    allowed = set(FACTS["allowed"])
    others = {n for n, each in FACTS["packages"].items() if not terms(each["licence"]) <= allowed}
    assert others == set(FACTS["exceptions"])
    assert all(len(reason) > 40 for reason in FACTS["exceptions"].values())
    assert all(terms(each["licence"]) <= allowed for each in FACTS["contained"])


def test_licences_are_those_the_packages_declare() -> None:
    compared = 0
    for package in PACKAGES:
        try:
            said = importlib.metadata.metadata(package.name)
        except importlib.metadata.PackageNotFoundError:  # for another system or Python
            continue
        if said["Version"] == package.version and (declared := said["License-Expression"]):
            noted = terms(FACTS["packages"][package.name]["licence"])
            assert terms(declared) <= noted, package.name
            compared += 1
    assert compared > 30


def test_every_vendored_file_is_on_the_bill_with_its_version() -> None:
    listed = {file for each in FACTS["contained"] for file in each["files"]}
    vendored = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "src").glob("**/vendor/**/*")
        if path.suffix in (".js", ".css")
    }
    assert listed == vendored
    notice = (PROJECT / "NOTICE").read_text(encoding="utf-8")
    for each in FACTS["contained"]:
        assert f"{each['name']} {each['version']}" in notice


def test_the_page_is_what_lock_and_facts_say() -> None:
    told = "run: .venv/bin/python -m tests.house.bill --page"
    assert bill.PAGE.read_text(encoding="utf-8") == bill.as_page(), told


def test_the_bill_of_materials_is_valid_and_whole() -> None:
    text = bill.as_cyclonedx()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    written = json.loads(text)
    packages = [each for each in written["components"] if each.get("purl")]
    assert {(each["name"], each["version"]) for each in packages} == {
        (each.name, each.version) for each in PACKAGES
    }
    files = [file for each in written["components"] for file in each.get("components", [])]
    assert len(files) == sum(len(each["files"]) for each in FACTS["contained"])
    assert all(each["hashes"] and each["licenses"] for each in [*packages, *files])
    assert json.loads(bill.as_cyclonedx())["serialNumber"] == written["serialNumber"]


def test_a_broken_bill_is_noticed() -> None:
    written = json.loads(bill.as_cyclonedx())
    written["components"][0]["type"] = "sandwich"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(written)) is not None


ASKED = [bill.Package("django", "5.2", "", ()), bill.Package("numpy", "2", "", ())]
KNOWN = [{"name": "django", "version": "5.2", "vulns": []}, {"name": "numpy", "version": "2", "vulns": []}]  # fmt: skip
BAD = [{**KNOWN[0], "vulns": [{"id": "X-1", "fix_versions": ["5.3"]}]}, KNOWN[1]]


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (json.dumps({"dependencies": KNOWN}), audit.CLEAN, ""),
        (json.dumps({"dependencies": BAD}), audit.VULNERABLE, "VULNERABLE: django 5.2: X-1"),
        ("", audit.UNKNOWN, "could not be reached"),
        ("not JSON", audit.UNKNOWN, "could not be reached"),
        (json.dumps({"dependencies": [{"name": each["name"], "skip_reason": "?"} for each in KNOWN]}),
         audit.UNKNOWN, "could not be reached"),
        ("[]", audit.UNKNOWN, "could not be reached"),
        (json.dumps({"dependencies": KNOWN[:1]}), audit.UNKNOWN, "does not know numpy"),
        (json.dumps({"dependencies": [KNOWN[0], {"name": "numpy", "skip_reason": "?"}]}),
         audit.UNKNOWN, "does not know numpy"),
        (json.dumps({"dependencies": BAD[:1]}), audit.VULNERABLE, "does not know numpy"),
    ],
)  # fmt: skip
def test_an_audit_is_green_only_when_every_package_was_looked_up(
    answer: str, code: int, told: str
) -> None:
    got, lines = audit.judge(ASKED, answer)
    assert got == code
    assert told in "\n".join(lines)


def test_an_audit_names_what_it_cannot_ask_about() -> None:
    told = "\n".join(audit.tell_left())
    for each in FACTS["contained"]:
        assert f"{each['name']}, {each['version']}: https://" in told
    pins = {package.name: package.version for package in PACKAGES}
    for each in FACTS["inside"]:
        assert f"{each['name']}, inside {each['package']} {pins[each['package']]}: https://" in told


def test_an_audit_asks_about_every_version() -> None:
    parts = audit.split(PACKAGES)
    assert sorted(str(each) for part in parts for each in part) == sorted(map(str, PACKAGES))
    for part in parts:
        names: list[Any] = [each.name for each in part]
        assert len(names) == len(set(names))
