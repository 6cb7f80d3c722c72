"""The matter catalogue and the deadline profiles, in memory."""

from __future__ import annotations

from django.db.models.functions import Now, TruncDate

from anlan.cases import rules
from anlan.cases.models import CatalogueVersion, DeadlineProfile, Matter
from anlan.kernel.calendars import Term, Unit
from anlan.kernel.snapshots import Snapshot


def _load_catalogue() -> rules.Catalogue:
    number = _catalogue_version()
    found = list(Matter.objects.order_by("id"))
    matters = {
        m.id: rules.MatterInfo(
            id=m.id, jurisdiction=m.jurisdiction_id, code=m.code, matter_class=m.matter_class,
            family=m.family, name=m.name, name_en=m.name_en, keywords=tuple(m.keywords),
            department=m.department, level=m.level,
        )
        for m in found
    }  # fmt: skip
    profiles = {
        (p.jurisdiction_id, p.code): rules.Profile(
            code=p.code,
            ack=Term(p.ack_amount, Unit(p.ack_unit)),
            update=Term(p.update_amount, Unit(p.update_unit)),
            close=Term(p.close_amount, Unit(p.close_unit)),
            extension=Term(p.extension_amount, Unit(p.extension_unit)),
            extensions_limit=p.extensions_limit,
            pause=Term(p.pause_amount, Unit(p.pause_unit)),
            source=p.source,
            confidence=p.confidence,
        )
        for p in DeadlineProfile.objects.filter(valid_from__lte=TruncDate(Now())).order_by(
            "valid_from"
        )
    }
    by_code = {(m.jurisdiction_id, m.code): matters[m.id] for m in found if m.is_active}
    return rules.Catalogue(matters=matters, by_code=by_code, profiles=profiles, number=number)


def _catalogue_version() -> int:
    """Change with the catalogue and with the day, on which new deadline profiles begin to hold."""
    row = CatalogueVersion.objects.values_list("number", TruncDate(Now())).first()
    return hash(row) if row else 0


_catalogue = Snapshot(_load_catalogue, _catalogue_version)
forget_catalogue = _catalogue.forget


def get_catalogue() -> rules.Catalogue:
    """Give the matter catalogue and the deadline profiles, from memory."""
    return _catalogue.get()
