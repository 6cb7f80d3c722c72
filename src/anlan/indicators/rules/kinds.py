"""Kinds of matters: those that the same terms of a register count are added up together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from anlan.indicators.rules.register import Register


class Matter(Protocol):
    """What a register asks of a matter."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def matter_class(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Term:
    """A measure that an indicator counts (or divides by, `is_below`) over the matters of some kinds."""

    indicator_id: int
    is_below: bool
    measure: str
    kinds: tuple[int, ...]


def sort_kinds(register: Register, matters: Iterable[Matter]) -> tuple[dict[int, int], list[Term]]:
    """Sort matters into kinds; give each counted matter's kind, and the register's terms by kinds.

    >>> from types import SimpleNamespace as S
    >>> def one(number, **formula):
    ...     return S(id=number, formula=S(**{"of": "", "matters": ()} | formula))
    >>> register = S(indicators=[one(1, count="opened", matters=("LAMP",)), one(2, count="closed_late", of="closed")])
    >>> lamp, other = S(id=7, code="LAMP", family="F", matter_class="C"), S(id=8, code="X", family="F", matter_class="C")
    >>> kinds, terms = sort_kinds(register, [lamp, other, S(id=9, code="Y", family="F", matter_class="C")])
    >>> kinds
    {7: 0, 8: 1, 9: 1}
    >>> [(t.indicator_id, t.measure, t.kinds) for t in terms]
    [(1, 'opened', (0,)), (2, 'closed_late', (0, 1)), (2, 'closed', (0, 1))]
    """
    counted = [
        (one.id, is_below, measure, set(one.formula.matters))
        for one in register.indicators
        for is_below, measure in ((False, one.formula.count), (True, one.formula.of))
        if measure
    ]
    kinds: dict[tuple[int, ...], int] = {}
    kind_of = {}
    for matter in matters:
        names = {matter.code, matter.family, matter.matter_class}
        within = tuple(n for n, (*_, wanted) in enumerate(counted) if not wanted or wanted & names)
        if within:
            kind_of[matter.id] = kinds.setdefault(within, len(kinds))
    return kind_of, [
        Term(
            indicator_id,
            is_below,
            measure,
            tuple(kind for within, kind in kinds.items() if n in within),
        )
        for n, (indicator_id, is_below, measure, _) in enumerate(counted)
    ]
