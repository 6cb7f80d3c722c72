"""Which columns are personal, why they are held, who sees them and for how long.

The list is data (`privacy/fields.yaml`); a house test compares it with all tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from anlan.kernel.errors import Invalid, NotFound

DAYS_LIMIT = 3650


class TermUnknown(NotFound):
    """There is no term {term}. Terms are: {known}."""


class TermTooLong(Invalid):
    """A term has 1 to {limit} days."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is kept. `days` count from `since`; `source` says who set them."""

    code: str
    days: int
    since: Mapping[str, str]
    source: str
    confidence: float
    is_default: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One personal column. `kind`: what people call it; `basis`: of the purpose, in law; `about`: REPORTER or STAFF; `terms`: what ends it, whichever comes first."""

    name: str
    kind: Mapping[str, str]
    about: str
    purpose: Mapping[str, str]
    basis: Mapping[str, str]
    seen_by: Mapping[str, str]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """The whole list. `not_personal` maps a column to why it says nothing about a person."""

    terms: Mapping[str, Term]
    personal: Mapping[str, Field]
    not_personal: Mapping[str, str]


@cache
def read_fields() -> Fields:
    """Read the list that is shipped. Raises KeyError where it names what it does not define."""
    raw = yaml.safe_load(files("anlan.privacy").joinpath("fields.yaml").read_text("utf-8"))
    terms = {code: Term(code=code, **given) for code, given in raw["terms"].items()}
    personal = {name: _read(name, given, raw, terms) for name, given in raw["personal"].items()}
    not_personal = {
        f"{table}.{column}": reason
        for reason, tables in raw["not_personal"].items()
        for table, columns in tables.items()
        for column in columns
    }
    return Fields(terms, personal, not_personal)


def _read(name: str, given: Any, raw: Any, terms: Mapping[str, Term]) -> Field:
    listed = given["term"] if isinstance(given["term"], list) else [given["term"]]
    return Field(
        name=name,
        kind=raw["kinds"][given["kind"]],
        about=given["about"],
        purpose={name: raw["purposes"][given["purpose"]][name] for name in ("zh", "en")},
        basis=raw["purposes"][given["purpose"]]["basis"],
        seen_by=raw["seen_by"][given["seen_by"]],
        terms=tuple(terms[code].code for code in listed),
    )


def get_default_term(code: str) -> Term:
    """Give a term as it is shipped. Raises TermUnknown."""
    terms = read_fields().terms
    if code not in terms:
        raise TermUnknown(term=code, known=", ".join(terms))
    return terms[code]


def check_days(days: int) -> None:
    """Refuse a term that is none, or longer than ten years. Raises TermTooLong."""
    if not 1 <= days <= DAYS_LIMIT:
        raise TermTooLong(limit=DAYS_LIMIT)
