"""Who reacts to what: the only place where an event meets the tasks that follow from it.

A room tells what happened (`kernel.events.emit`) and knows nobody above it; here the names of
the background tasks are listed that react, one job each, stored in the teller's transaction.
"""

from anlan.assessment.rules.objections import CardsPublished, ObjectionMoved
from anlan.cases.rules import (
    CallAsked,
    CaseMoved,
    CasesImported,
    CasesMerged,
    CasesOpened,
    CasesSeparated,
    CasesTurned,
)
from anlan.dispatch.rules import (
    BatchAsked,
    BatchConfirmed,
    CaseDispatched,
    DispatchDeclined,
    DispatchStoodDown,
    DispatchUnsigned,
    NobodyLeft,
)
from anlan.indicators.rules.returns import ReturnsLate
from anlan.kernel.events import Event
from anlan.notices.rules import NoticeQueued
from anlan.people.rules import CredentialChanged
from anlan.privacy.rules import KeysRotated
from anlan.reports.rules.signing import ReportsDrafted, ReportSigned
from anlan.situation.rules.resolutions import DutySet

REACTIONS: dict[type[Event], tuple[str, ...]] = {
    CasesOpened: ("cases.tell_opened", "triage.record_shadow"),
    CasesImported: ("cases.take_imported_words",),
    CaseMoved: ("cases.tell_progress",),
    CallAsked: ("cases.connect_call",),
    CasesTurned: ("cases.tell_turned",),
    CasesMerged: ("dispatch.carry_over",),
    CasesSeparated: ("dispatch.carry_back",),
    CaseDispatched: ("dispatch.tell_dispatched",),
    DispatchDeclined: ("dispatch.follow_up",),
    DispatchStoodDown: ("dispatch.tell_stood_down",),
    NobodyLeft: ("dispatch.tell_centre",),
    DispatchUnsigned: ("dispatch.tell_desk_unsigned",),
    BatchAsked: ("dispatch.solve_batch",),
    BatchConfirmed: ("dispatch.send_batch",),
    CredentialChanged: ("notices.tell_credential",),
    NoticeQueued: ("notices.send_due",),
    ReturnsLate: ("reports.remind_late",),
    ReportsDrafted: ("reports.tell_drafted",),
    ReportSigned: ("reports.send_report",),
    DutySet: ("reports.tell_duty",),
    CardsPublished: ("reports.tell_cards",),
    ObjectionMoved: ("reports.tell_objection",),
    KeysRotated: ("privacy.reseal",),
}
