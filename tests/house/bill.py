"""What the product is made of: every locked package and every file of others that it contains.

`python -m tests.house.bill` (make sbom) writes it in CycloneDX' JSON form, `… --page` writes
docs/reference/dependencies.md. Names, versions and hashes come from requirements.lock, what is
wanted directly and what for from pyproject.toml, licences from deploy/dependencies.yaml, which a
test compares with what the installed packages say of themselves.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import click
import yaml
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.floors import PROJECT

PAGE = PROJECT / "docs" / "reference" / "dependencies.md"
FILE = PROJECT / "build" / "anlan.cdx.json"


@dataclass(frozen=True)
class Package:
    """One pin of requirements.lock."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


@cache
def read_facts() -> dict[str, Any]:
    """Read what is not in the lock: licences, reasons, contained files."""
    facts: dict[str, Any] = yaml.safe_load(
        (PROJECT / "deploy" / "dependencies.yaml").read_text(encoding="utf-8")
    )
    return facts


def list_packages(lock: str = "requirements.lock") -> list[Package]:
    """List the pins of a lock."""
    text = (PROJECT / lock).read_text(encoding="ascii").replace("\\\n", " ")
    packages = []
    for line in text.splitlines():
        requirement, *hashes = line.split("--hash=sha256:")
        pin = Requirement(requirement)
        (version,) = (each.version for each in pin.specifier)
        packages.append(
            Package(
                canonicalize_name(pin.name), version, str(pin.marker or ""),
                tuple(each.strip() for each in hashes),
            )
        )  # fmt: skip
    return packages


@cache
def read_purposes() -> dict[str, str]:
    """Map what pyproject.toml asks for to the comment that says what for."""
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)
    purposes = {}
    for each in project["project"]["dependencies"]:
        (comment,) = re.findall(rf'^  "{re.escape(each)}", *# (.+)$', text, re.MULTILINE)
        purposes[canonicalize_name(Requirement(each).name)] = comment
    for each in project["dependency-groups"]["build"]:
        purposes[canonicalize_name(Requirement(each).name)] = "builds the project itself"
    return purposes


def get_purpose(name: str) -> str:
    """Say what a package is for: what pyproject.toml says, or which package wants it."""
    return read_purposes().get(name) or f"wanted by {read_facts()['packages'][name]['by']}"


def as_page() -> str:
    """Write the reference page of dependencies."""
    facts = read_facts()
    lines = [
        "# Dependencies",
        "",
        "What an installation consists of besides anlan's own code. Made by",
        "`python -m tests.house.bill --page` from `requirements.lock`, `pyproject.toml` and",
        "`deploy/dependencies.yaml`; a test compares the two, and a licence that is not on the list",
        "of allowed ones fails it. `make sbom` writes the same with hashes as CycloneDX;",
        "`make audit` asks a database of known vulnerabilities about each package, and names what",
        "such a database does not know: contained files, and programs inside packages.",
        "",
        "## Python packages",
        "",
        "| package | version | licence | what for |",
        "|---|---|---|---|",
    ]
    for package in list_packages():
        where = f" ({package.marker})" if package.marker else ""
        licence = facts["packages"][package.name]["licence"]
        lines.append(
            f"| {package.name} | {package.version}{where} | {licence} | {get_purpose(package.name)} |"
        )
    lines += ["", "## Contained files of others", ""]
    lines += ["| what | version | licence | files |", "|---|---|---|---|"]
    for each in facts["contained"]:
        files = ", ".join(f"`{file}`" for file in each["files"])
        lines.append(f"| {each['name']} | {each['version']} | {each['licence']} | {files} |")
    lines += ["", "## Licences", "", f"Allowed: {', '.join(facts['allowed'])}.", ""]
    lines += [
        "Exceptions, each with its reason:",
        "",
        "| package | licence | why |",
        "|---|---|---|",
    ]
    for name, reason in facts["exceptions"].items():
        lines.append(f"| {name} | {facts['packages'][name]['licence']} | {reason} |")
    return "\n".join(lines) + "\n"


def as_cyclonedx() -> str:
    """Write the bill of materials as CycloneDX JSON, the same for the same lock."""
    facts = read_facts()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    product = Component(
        name="anlan", version=project["version"], type=ComponentType.APPLICATION, bom_ref="anlan",
        licenses=[LicenseExpression(project["license"])],
    )  # fmt: skip
    parts = [*_list_packages(facts), *_list_contained(facts)]
    bom = Bom(components=parts)
    bom.metadata.component = product
    bom.metadata.tools.components.add(this_component())
    bom.register_dependency(
        product, [part for part in parts if part.name in read_purposes() or not part.purl]
    )
    lock = (PROJECT / "requirements.lock").read_bytes()
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(lock).hexdigest())
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _list_packages(facts: dict[str, Any]) -> Iterator[Component]:
    for package in list_packages():
        purl = PackageURL("pypi", None, package.name, package.version)
        yield Component(
            name=package.name, version=package.version, purl=purl, bom_ref=str(purl),
            licenses=[LicenseExpression(facts["packages"][package.name]["licence"])],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes],
            description=get_purpose(package.name),
            properties=[Property(name="anlan:marker", value=package.marker)]
            if package.marker else [],
        )  # fmt: skip


def _list_contained(facts: dict[str, Any]) -> Iterator[Component]:
    for each in facts["contained"]:
        licence = [LicenseExpression(each["licence"])]
        yield Component(
            name=each["name"], version=each["version"], bom_ref=each["name"], licenses=licence,
            components=[
                Component(
                    name=file, version=each["version"], type=ComponentType.FILE, bom_ref=file,
                    licenses=licence,
                    hashes=[HashType(
                        alg=HashAlgorithm.SHA_256,
                        content=hashlib.sha256((PROJECT / file).read_bytes()).hexdigest(),
                    )],
                )
                for file in each["files"]
            ],
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["--page"]:
        PAGE.write_text(as_page(), encoding="utf-8")
    else:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(as_cyclonedx(), encoding="utf-8")
        click.echo(FILE.relative_to(PROJECT))
