"""Every action that a face may call is tried by somebody whom it must not serve: refused, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible, ContactClosed, ContactReason, Given
from anlan.cases.rules.filters import FilterUnknown, LendingNotYours
from anlan.documents import actions as documents
from anlan.documents.rules import DocumentUnknown, PhotoNotYours
from anlan.intake.rules import SignalUnknown
from anlan.kernel.actor import REPORTER
from anlan.kernel.permits import Permit, find_permit
from anlan.kernel.procedure import MoveNotYours
from anlan.notices import actions as notices
from anlan.people import actions as people
from anlan.people.models import SignIn
from anlan.people.rules import (
    DutyUnknown,
    FactorMissing,
    NotYourAccount,
    PasskeyRefused,
    PresentPasswordWrong,
    RecoveryNotYours,
    RecoveryUnknown,
    SignInFailed,
    SignInUnknown,
    digest_token,
)
from anlan.privacy import actions as privacy
from anlan.privacy.rules import (
    AccessUnknown,
    ContactNotYours,
    Looked,
    OwnDataOnly,
    SecondPersonNeeded,
    Target,
)
from anlan.ratings import actions as ratings
from anlan.ratings.rules import TrackingCodeWrong
from anlan.situation import actions as situation
from anlan.situation.rules.findings import FindingUnknown
from anlan.situation.rules.findings import Given as Decided
from anlan.triage import actions as triage
from anlan.triage.queries.drafts import RuleDraft, RuleOutOfReach
from anlan.triage.rules.duplicates import JoinedTooLate
from tests.flows.permissions.strangers_at_dispatches import AT_DISPATCHES
from tests.flows.permissions.strangers_of_figures import FIGURES
from tests.flows.permissions.strangers_of_organisations import AT_ORGANISATIONS
from tests.flows.permissions.worlds import Scene, undone
from tests.house.test_permits import list_actions
from tests.make import NOW, OTHER_TOWN, PASSWORD, TOWN

pytestmark = pytest.mark.django_db

PHONE = "13800000000"

Attempt = Callable[[Scene], Any]


def _stranger(scene: Scene) -> Any:
    return scene.world.actor("other_desk")


def _wrong_code(scene: Scene) -> str:
    right = str(scene.names["tracking_code"])
    return right[:-1] + ("0" if right[-1] != "0" else "1")


ATTEMPTS: dict[str, list[tuple[type[Exception] | None, Attempt]]] = {
    **AT_DISPATCHES,
    **AT_ORGANISATIONS,
    **FIGURES,
    "anlan.situation.actions.findings.move_finding": [
        (FindingUnknown, lambda s: situation.move_finding(
            actor=_stranger(s), finding_id=s.names["finding"], move="dismiss",
            given=Decided("节后回落"), at=NOW)),
        (MoveNotYours, lambda s: situation.move_finding(
            actor=s.world.actor("desk"), finding_id=s.names["finding"], move="dismiss",
            given=Decided("节后回落"), at=NOW)),
    ],
    "anlan.triage.actions.routing.save_rule": [
        (RuleOutOfReach, lambda s: triage.save_rule(
            actor=_stranger(s), draft=RuleDraft(TOWN, "PERSON", "x"), at=NOW)),
        (RuleOutOfReach, lambda s: triage.save_rule(
            actor=s.world.actor("other_desk"), draft=RuleDraft(OTHER_TOWN, "PERSON", "x"),
            rule_id=s.names["rule"], at=NOW)),
    ],
    "anlan.triage.actions.routing.move_rule": [
        (RuleOutOfReach, lambda s: triage.move_rule(
            actor=_stranger(s), rule_id=s.names["rule"], up=True, at=NOW)),
    ],
    "anlan.triage.actions.routing.remove_rule": [
        (RuleOutOfReach, lambda s: triage.remove_rule(
            actor=_stranger(s), rule_id=s.names["rule"], at=NOW)),
    ],
    "anlan.cases.actions.moves.move_case": [
        (CaseNotVisible, lambda s: cases.move_case(
            actor=_stranger(s), case_id=s.case_id, move="report_back", given=Given(note="x"),
            at=NOW)),
        (PhotoNotYours, lambda s: cases.move_case(
            actor=s.world.actor("desk"), case_id=s.case_id, move="report_back",
            given=Given(note="x", photos=(s.names["own_photo"],)), at=NOW)),
    ],
    "anlan.cases.actions.contact.open_contact": [
        (CaseNotVisible, lambda s: cases.open_contact(
            actor=_stranger(s), case_id=s.case_id, signal_id=s.names["signal_id"], at=NOW)),
        (CaseNotVisible, lambda s: cases.open_contact(
            actor=s.world.actor("desk"), case_id=s.case_id, signal_id=uuid4(), at=NOW)),
        (ContactClosed, lambda s: cases.open_contact(
            actor=s.world.actor("principal"), case_id=s.case_id, signal_id=s.names["signal_id"],
            at=NOW)),
    ],
    "anlan.cases.actions.contact.call_reporter": [
        (CaseNotVisible, lambda s: cases.call_reporter(
            actor=_stranger(s), case_id=s.case_id, signal_id=s.names["signal_id"],
            own_number=PHONE, reason=ContactReason.FIND, has_relay=True, at=NOW)),
        (ContactClosed, lambda s: cases.call_reporter(
            actor=s.world.actor("principal"), case_id=s.case_id, signal_id=s.names["signal_id"],
            own_number=PHONE, reason=ContactReason.FIND, has_relay=True, at=NOW)),
    ],
    "anlan.cases.actions.photos.add_photos": [
        (SignalUnknown, lambda s: cases.add_photos(
            actor=s.world.partner("app"), code=s.code, photos=[], at=NOW)),
        (SignalUnknown, lambda s: cases.add_photos(
            actor=s.world.actor("desk"), code=s.code, photos=[], at=NOW)),
    ],
    "anlan.cases.actions.filters.keep_filter": [
        (FilterUnknown, lambda s: cases.keep_filter(
            actor=REPORTER, name="超期", fields={"tab": "red"}, is_lent=False, at=NOW)),
        (LendingNotYours, lambda s: cases.keep_filter(
            actor=s.world.actor("other_grid"), name="超期", fields={"tab": "red"}, is_lent=True, at=NOW)),
    ],
    "anlan.cases.actions.filters.drop_filter": [
        (FilterUnknown, lambda s: cases.drop_filter(
            actor=_stranger(s), filter_id=s.names["filter"], at=NOW)),
        (FilterUnknown, lambda s: cases.drop_filter(
            actor=REPORTER, filter_id=s.names["filter"], at=NOW)),
    ],
    "anlan.documents.actions.erase_document": [
        (DocumentUnknown, lambda s: documents.erase_document(
            actor=_stranger(s), document_id=s.names["document_id"], at=NOW)),
        (DocumentUnknown, lambda s: documents.erase_document(
            actor=REPORTER, document_id=s.names["document_id"], at=NOW)),
    ],
    "anlan.notices.actions.sending.mark_read": [
        (None, lambda s: notices.mark_read(
            actor=_stranger(s), notice_ids=[s.names["notice_id"]], at=NOW)),
    ],
    "anlan.people.actions.factors.begin_totp": [
        (NotYourAccount, lambda s: people.begin_totp(actor=s.world.partner("system"), at=NOW)),
    ],
    "anlan.people.actions.factors.confirm_totp": [
        (FactorMissing, lambda s: people.confirm_totp(actor=_stranger(s), code="123456", at=NOW)),
    ],
    "anlan.people.actions.factors.remove_totp": [
        (FactorMissing, lambda s: people.remove_totp(actor=_stranger(s), at=NOW)),
    ],
    "anlan.people.actions.factors.make_recovery_codes": [
        (FactorMissing, lambda s: people.make_recovery_codes(actor=_stranger(s), at=NOW)),
    ],
    "anlan.people.actions.factors.show_factor": [
        (SignInFailed, lambda s: people.show_factor(
            token=s.world.token("desk"), code="123456", at=NOW)),
    ],
    "anlan.people.actions.factors.finish_enrolment": [
        (SignInFailed, lambda s: people.finish_enrolment(token=s.world.token("desk"), at=NOW)),
    ],
    "anlan.people.actions.factors.prove": [
        (NotYourAccount, lambda s: people.prove(
            actor=s.world.partner("system"), token="", shown=PASSWORD, at=NOW)),
    ],
    "anlan.people.actions.passkeys.begin_registration": [
        (NotYourAccount, lambda s: people.begin_registration(
            actor=s.world.partner("system"), at=NOW)),
    ],
    "anlan.people.actions.passkeys.register_passkey": [
        (PasskeyRefused, lambda s: people.register_passkey(
            actor=_stranger(s), challenge_id=uuid4(), answer="{}", name="", device="x", at=NOW)),
    ],
    "anlan.people.actions.passkeys.rename_passkey": [
        (FactorMissing, lambda s: people.rename_passkey(
            actor=_stranger(s), passkey_id=uuid4(), name="x", at=NOW)),
    ],
    "anlan.people.actions.passkeys.remove_passkey": [
        (FactorMissing, lambda s: people.remove_passkey(
            actor=_stranger(s), passkey_id=uuid4(), at=NOW)),
    ],
    "anlan.people.actions.passkeys.begin_passkey_proof": [
        (NotYourAccount, lambda s: people.begin_passkey_proof(
            actor=s.world.partner("system"), at=NOW)),
    ],
    "anlan.people.actions.passkeys.prove_with_passkey": [
        (PasskeyRefused, lambda s: people.prove_with_passkey(
            actor=_stranger(s), token="", challenge_id=uuid4(), answer="{}", at=NOW)),
    ],
    "anlan.people.actions.passkeys.sign_in_with_passkey": [
        (PasskeyRefused, lambda s: people.sign_in_with_passkey(
            challenge_id=uuid4(), answer="{}", at=NOW)),
    ],
    "anlan.people.actions.recovery.ask_recovery": [
        (RecoveryNotYours, lambda s: people.ask_recovery(
            actor=_stranger(s), login="desk", at=NOW)),
        (RecoveryNotYours, lambda s: people.ask_recovery(
            actor=s.world.partner("system"), login="desk", at=NOW)),
    ],
    "anlan.people.actions.recovery.confirm_recovery": [
        (RecoveryUnknown, lambda s: people.confirm_recovery(
            actor=_stranger(s), recovery_id=uuid4(), at=NOW)),
    ],
    "anlan.people.actions.sessions.choose_duty": [
        (DutyUnknown, lambda s: people.choose_duty(
            actor=_stranger(s), token=s.world.token("other_desk"),
            duty_id=s.world.duty_ids["desk"], at=NOW)),
    ],
    "anlan.people.actions.sessions.end_other_sign_ins": [
        (NotYourAccount, lambda s: people.end_other_sign_ins(
            actor=s.world.partner("system"), token="", at=NOW)),
    ],
    "anlan.people.actions.sessions.end_sign_in": [
        (SignInUnknown, lambda s: people.end_sign_in(
            actor=_stranger(s), at=NOW, sign_in_id=SignIn.objects.get(
                token_digest=digest_token(s.world.token("desk"))).id)),
    ],
    "anlan.people.actions.passwords.change_password": [
        (PresentPasswordWrong, lambda s: people.change_password(
            actor=_stranger(s), token="", present="wrong " * 3, password="x" * 12, at=NOW)),
        (NotYourAccount, lambda s: people.change_password(
            actor=s.world.partner("system"), token="", present=PASSWORD, password="x" * 12, at=NOW)),
    ],
    "anlan.people.actions.passwords.choose_password": [
        (SignInFailed, lambda s: people.choose_password(
            token=s.world.token("other_desk"), password="ditch-copper-vapour", at=NOW)),
    ],
    "anlan.people.actions.sign_ins.sign_in": [
        (SignInFailed, lambda s: people.sign_in(login="desk", password="wrong " * 3, at=NOW)),
    ],
    "anlan.people.actions.sign_ins.sign_out": [
        (None, lambda s: people.sign_out(token="0" * 43, at=NOW)),
    ],
    "anlan.people.actions.sign_ins.touch_sign_in": [
        (None, lambda s: people.touch_sign_in(sign_in_id=uuid4(), at=NOW)),
    ],
    "anlan.privacy.actions.access.ask_access": [
        (SecondPersonNeeded, lambda s: privacy.ask_access(
            actor=s.world.actor("volunteer"), target=Target(case_code=s.code), hours=1,
            reason="燃气泄漏正向邻镇扩散", at=NOW)),
        (SecondPersonNeeded, lambda s: privacy.ask_access(
            actor=s.world.partner("system"), target=Target(case_code=s.code), hours=1,
            reason="燃气泄漏正向邻镇扩散", at=NOW)),
    ],
    "anlan.privacy.actions.access.move_access": [
        (SecondPersonNeeded, lambda s: privacy.move_access(
            actor=_stranger(s), access_id=s.names["access"], move="confirm", at=NOW)),
        (AccessUnknown, lambda s: privacy.move_access(
            actor=s.world.actor("grid"), access_id=s.names["access"], move="confirm", at=NOW)),
        (MoveNotYours, lambda s: privacy.move_access(
            actor=s.world.actor("desk"), access_id=s.names["access"], move="confirm", at=NOW)),
    ],
    "anlan.privacy.actions.looks.record_look": [
        (CaseNotVisible, lambda s: privacy.record_look(
            actor=_stranger(s), case=Case.objects.get(pk=s.case_id), what=Looked.CASE, at=NOW)),
    ],
    "anlan.privacy.actions.requests.export_at_desk": [
        (CaseNotVisible, lambda s: privacy.export_at_desk(
            actor=_stranger(s), case_id=s.case_id, signal_id=s.names["signal_id"], typed=PHONE,
            at=NOW)),
        (ContactClosed, lambda s: privacy.export_at_desk(
            actor=s.world.actor("principal"), case_id=s.case_id, signal_id=s.names["signal_id"],
            typed=PHONE, at=NOW)),
        (ContactNotYours, lambda s: privacy.export_at_desk(
            actor=s.world.actor("desk"), case_id=s.case_id, signal_id=s.names["signal_id"],
            typed="13899999999", at=NOW)),
    ],
    "anlan.privacy.actions.requests.erase_at_desk": [
        (CaseNotVisible, lambda s: privacy.erase_at_desk(
            actor=_stranger(s), case_id=s.case_id, signal_id=s.names["signal_id"], typed=PHONE,
            at=NOW)),
        (ContactNotYours, lambda s: privacy.erase_at_desk(
            actor=s.world.actor("desk"), case_id=s.case_id, signal_id=s.names["signal_id"],
            typed="13899999999", at=NOW)),
    ],
    "anlan.privacy.actions.requests.export_by_code": [
        (TrackingCodeWrong, lambda s: privacy.export_by_code(
            tracking_code=_wrong_code(s), typed=PHONE, at=NOW)),
        (ContactNotYours, lambda s: privacy.export_by_code(
            tracking_code=s.names["tracking_code"], typed="13899999999", at=NOW)),
    ],
    "anlan.privacy.actions.requests.erase_by_code": [
        (TrackingCodeWrong, lambda s: privacy.erase_by_code(
            tracking_code=_wrong_code(s), typed=PHONE, at=NOW)),
        (ContactNotYours, lambda s: privacy.erase_by_code(
            tracking_code=s.names["tracking_code"], typed="13899999999", at=NOW)),
    ],
    "anlan.privacy.actions.requests.export_person": [
        (OwnDataOnly, lambda s: privacy.export_person(
            actor=_stranger(s), person_id=s.world.person_ids["desk"], at=NOW)),
        (OwnDataOnly, lambda s: privacy.export_person(
            actor=s.world.partner("system"), person_id=s.world.person_ids["desk"], at=NOW)),
    ],
    "anlan.triage.actions.joining.join_case": [
        (SignalUnknown, lambda s: triage.join_case(
            tracking_code=_wrong_code(s), code=s.code, at=NOW)),
        (JoinedTooLate, lambda s: triage.join_case(
            tracking_code=s.names["tracking_code"], code=s.code, at=NOW)),
    ],
    "anlan.triage.actions.picking.pick": [
        (CaseNotVisible, lambda s: triage.pick(
            actor=_stranger(s), case_id=s.case_id, picked="1", expected_seq=1, at=NOW)),
        (MoveNotYours, lambda s: triage.pick(
            actor=s.world.actor("principal"), case_id=s.case_id, picked="1", expected_seq=1,
            at=NOW)),
    ],
    "anlan.triage.actions.splitting.split_case": [
        (CaseNotVisible, lambda s: triage.split_case(
            actor=_stranger(s), case_id=s.case_id, matter="GARBAGE", note="x", at=NOW)),
        (MoveNotYours, lambda s: triage.split_case(
            actor=s.world.actor("principal"), case_id=s.case_id, matter="GARBAGE", note="x",
            at=NOW)),
    ],
    "anlan.ratings.actions.write_to_unit": [
        (TrackingCodeWrong, lambda s: ratings.write_to_unit(
            tracking_code=_wrong_code(s), text="在吗", key="1", at=NOW)),
    ],
    "anlan.ratings.actions.rate_case": [
        (TrackingCodeWrong, lambda s: ratings.rate_case(
            tracking_code=_wrong_code(s), is_satisfied=True, comment="", at=NOW)),
    ],
}  # fmt: skip

# What a refusal may leave behind: its own trace.
TRACES = {"dispatch_act", "ledger_entry", "people_person", "people_ratecount"}


def test_every_action_has_its_stranger() -> None:
    wanted = {
        name
        for name, action in list_actions().items()
        if find_permit(action) in (Permit.SCOPE, Permit.OWN, Permit.PROOF)
    }
    assert wanted - set(ATTEMPTS) == set(), "add a stranger's attempt for these"
    assert set(ATTEMPTS) - wanted == set(), "no such action any more"


@pytest.mark.parametrize(
    ("name", "number"), [(name, n) for name, tries in ATTEMPTS.items() for n in range(len(tries))]
)
def test_a_stranger_changes_nothing(scene: Scene, name: str, number: int) -> None:
    obstacle, attempt = ATTEMPTS[name][number]
    assert list_actions()[name]
    with undone():
        before = _fingerprint()
        if obstacle is None:
            assert not attempt(scene)
        else:
            with pytest.raises(obstacle):
                attempt(scene)
        assert _fingerprint() == before


def _fingerprint() -> dict[str, str]:
    """Digest every table of ours as it stands."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("procrastinate", "django", "places")) or table in TRACES:
                continue
            cursor.execute(
                f'SELECT md5(coalesce(string_agg(t::text, $$ $$ ORDER BY t::text), $$$$)) FROM "{table}" t'
            )
            found[table] = cursor.fetchone()[0]
    return found
