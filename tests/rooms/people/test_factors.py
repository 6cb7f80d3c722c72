"""Second factors: codes that serve once, recovery codes, who must have one, how guessing is stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import Person, RecoveryCode, SignIn, Totp
from tests.rooms.people.test_passwords import told
from tests.rooms.people.worlds import NOW, PASSWORD, World


def me(world: World) -> Actor:
    return Actor(ActorKind.PERSON, world.person.id, "王芳")


def code_of(shown: rules.NewTotp, *, seconds: float = 0) -> str:
    """Give what an app of its own shows: made from the secret as it is typed, not by our code."""
    import base64

    text = shown.secret.replace(" ", "")
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    app = TOTP(secret, 6, SHA1(), 30)  # noqa: S303
    return app.generate(int(NOW.timestamp() + seconds)).decode()


def set_up(world: World) -> tuple[rules.NewTotp, list[str]]:
    shown = actions.begin_totp(actor=me(world), at=NOW)
    return shown, actions.confirm_totp(actor=me(world), code=code_of(shown), at=NOW)


def sign_in(*, seconds: float = 0) -> rules.SignedIn:
    at = NOW + timedelta(seconds=seconds)
    return actions.sign_in(login="desk.one", password=PASSWORD, at=at, user_agent="Firefox Linux")


def show(token: str, code: str, *, seconds: float = 0) -> rules.SignedIn:
    return actions.show_factor(token=token, code=code, at=NOW + timedelta(seconds=seconds))


def test_rfc_6238(world: World) -> None:
    """The test vectors of RFC 6238, appendix B, shortened to six digits."""
    app = TOTP(b"12345678901234567890", 6, SHA1(), 30)  # noqa: S303
    assert [app.generate(t).decode() for t in (59, 1111111109, 2000000000)] == [
        "287082", "081804", "279037",
    ]  # fmt: skip


def test_after_the_password_a_code_is_asked_for_and_serves_once(world: World) -> None:
    shown, codes = set_up(world)
    assert len(set(codes)) == rules.RECOVERY_CODES
    halfway = sign_in(seconds=60)
    assert halfway.step is rules.Step.FACTOR
    assert queries.find_sign_in(token=halfway.token, at=NOW) is None
    code = code_of(shown, seconds=60)
    whole = show(halfway.token, code, seconds=60)
    assert whole.step is rules.Step.NONE
    assert SignIn.objects.get(token_digest=rules.digest_token(whole.token)).means == "TOTP"
    again = sign_in(seconds=61)
    with pytest.raises(rules.CodeWrong):
        show(again.token, code, seconds=61)
    with pytest.raises(rules.SignInFailed):
        show(halfway.token, code_of(shown, seconds=90), seconds=90)
    assert told()[0] == (str(world.person.id), "TOTP_ADDED")


@pytest.mark.parametrize(("seconds", "is_taken"), [(-31, False), (60, True), (90, True), (120, True), (150, False)])  # fmt: skip
def test_clocks_may_differ_by_one_interval(world: World, seconds: int, is_taken: bool) -> None:
    shown, _ = set_up(world)
    token = sign_in(seconds=90).token
    if is_taken:
        assert show(token, code_of(shown, seconds=seconds), seconds=90).step is rules.Step.NONE
    else:
        with pytest.raises(rules.CodeWrong):
            show(token, code_of(shown, seconds=seconds), seconds=90)


def test_the_secret_is_sealed_and_recovery_codes_are_digests(world: World) -> None:
    shown, codes = set_up(world)
    import base64

    secret = base64.b32decode(shown.secret.replace(" ", ""))
    assert secret not in bytes(Totp.objects.get().secret_sealed)
    kept = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    written = " ".join(LedgerEntry.objects.values_list("body", flat=True))
    assert "王芳" not in written
    assert not any(code in written for code in codes)


def test_a_recovery_code_serves_once_however_it_is_typed(world: World) -> None:
    _, codes = set_up(world)
    typed = codes[3].lower().replace("-", " ")
    whole = show(sign_in().token, typed)
    assert whole.step is rules.Step.NONE
    assert queries.count_recovery_codes(world.person.id) == rules.RECOVERY_CODES - 1
    with pytest.raises(rules.CodeWrong):
        show(sign_in().token, codes[3])
    assert ("CODE_USED") in [change for _, change in told()]
    fresh = actions.make_recovery_codes(actor=me(world), at=NOW)
    with pytest.raises(rules.CodeWrong):
        show(sign_in().token, codes[4])
    assert show(sign_in().token, fresh[0]).step is rules.Step.NONE


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00", "\udcff", "x" * 100])  # fmt: skip
def test_what_is_no_code_is_refused_and_counted(world: World, code: str) -> None:
    set_up(world)
    token = sign_in().token
    with pytest.raises(rules.CodeWrong):
        show(token, code)
    assert Person.objects.get().failed_count == 1
    assert LedgerEntry.objects.filter(what="person.factor_refused").count() == 1


def test_who_knows_the_password_gets_five_looks_at_codes(world: World) -> None:
    shown, _ = set_up(world)
    for second in range(rules.ATTEMPTS_ALLOWED):
        token = sign_in(seconds=second).token
        with pytest.raises(rules.CodeWrong):
            show(token, "000000", seconds=second)
    with pytest.raises(rules.CodeWrong):
        show(token, code_of(shown, seconds=60), seconds=60)
    with pytest.raises(rules.SignInFailed):
        sign_in(seconds=60)
    later = rules.LOCK_MINUTES * 60 + 10
    token = sign_in(seconds=later).token
    assert show(token, code_of(shown, seconds=later), seconds=later).step is rules.Step.NONE
    assert Person.objects.get().failed_count == 0


def test_a_code_shown_too_late_is_worth_nothing(world: World) -> None:
    shown, _ = set_up(world)
    token = sign_in().token
    late = rules.HALFWAY_LIMIT.total_seconds()
    with pytest.raises(rules.SignInFailed):
        show(token, code_of(shown, seconds=late), seconds=late)


def become(world: World, role: Role) -> None:
    """Give the person a duty, and make the account an ordinary one."""
    Person.objects.update(is_demo=False)
    actions.grant_duty(
        actor=SYSTEM, person_id=world.person.id, role=role, place_id=world.town.id, at=NOW
    )


@pytest.mark.parametrize("role", sorted(rules.FACTOR_ROLES))
def test_roles_that_administrate_come_in_by_setting_up_a_factor_only(
    world: World, role: Role
) -> None:
    become(world, role)
    halfway = sign_in()
    assert halfway.step is rules.Step.ENROL
    with pytest.raises(rules.SignInFailed):
        actions.finish_enrolment(token=halfway.token, at=NOW)
    set_up(world)
    whole = actions.finish_enrolment(token=halfway.token, at=NOW)
    assert [seat.role for seat in whole.actor.seats] == [role]
    assert sign_in().step is rules.Step.FACTOR
    with pytest.raises(rules.LastFactor):
        actions.remove_totp(actor=me(world), at=NOW)
    assert queries.has_totp(world.person.id)


def test_others_may_do_without_and_remove_theirs(world: World) -> None:
    become(world, Role.GRID_WORKER)
    assert sign_in().step is rules.Step.NONE
    set_up(world)
    actions.remove_totp(actor=me(world), at=NOW)
    assert sign_in().step is rules.Step.NONE
    assert not RecoveryCode.objects.exists(), "they stand in for nothing now"
    with pytest.raises(rules.FactorMissing):
        actions.remove_totp(actor=me(world), at=NOW)
    with pytest.raises(rules.FactorMissing):
        actions.make_recovery_codes(actor=me(world), at=NOW)


def test_a_sign_in_with_a_password_alone_ends_when_the_role_comes_to_need_more(
    world: World,
) -> None:
    become(world, Role.GRID_WORKER)
    token = sign_in().token
    assert queries.find_sign_in(token=token, at=NOW) is not None
    become(world, Role.COUNTY_CENTRE)
    assert queries.find_sign_in(token=token, at=NOW) is None
    assert sign_in().step is rules.Step.ENROL


def test_setting_up_twice_or_out_of_turn(world: World) -> None:
    with pytest.raises(rules.FactorMissing):
        actions.confirm_totp(actor=me(world), code="123456", at=NOW)
    first = actions.begin_totp(actor=me(world), at=NOW)
    second = actions.begin_totp(actor=me(world), at=NOW)
    if code_of(first) != code_of(second):
        with pytest.raises(rules.CodeWrong):
            actions.confirm_totp(actor=me(world), code=code_of(first), at=NOW)
    with pytest.raises(rules.CodeExpected):
        actions.confirm_totp(actor=me(world), code="12", at=NOW)
    assert sign_in().step is rules.Step.NONE, "what was not confirmed is asked of nobody"
    actions.confirm_totp(actor=me(world), code=code_of(second), at=NOW)
    with pytest.raises(rules.FactorThere):
        actions.begin_totp(actor=me(world), at=NOW)
    with pytest.raises(rules.FactorThere):
        actions.confirm_totp(actor=me(world), code=code_of(second), at=NOW)


def proved(token: str, *, minutes: float) -> bool:
    found = queries.find_sign_in(token=token, at=NOW + timedelta(minutes=minutes))
    assert found is not None
    return found.is_proved


def test_a_proof_lasts_half_an_hour_and_is_renewed_by_the_password(world: World) -> None:
    token = sign_in().token
    assert proved(token, minutes=29)
    assert not proved(token, minutes=30)
    late = NOW + timedelta(minutes=40)
    with pytest.raises(rules.CodeWrong):
        actions.prove(actor=me(world), token=token, shown="wrong", at=late)
    assert not proved(token, minutes=40)
    actions.prove(actor=me(world), token=token, shown=PASSWORD, at=late)
    assert proved(token, minutes=69)


def test_whoever_has_a_factor_proves_by_it_and_not_by_the_password(world: World) -> None:
    token = sign_in().token
    shown, _ = set_up(world)
    late = NOW + timedelta(minutes=40)
    with pytest.raises(rules.CodeWrong):
        actions.prove(actor=me(world), token=token, shown=PASSWORD, at=late)
    actions.prove(actor=me(world), token=token, shown=code_of(shown, seconds=2400), at=late)
    assert proved(token, minutes=41)
    with pytest.raises(rules.NotYourAccount):
        actions.prove(actor=SYSTEM, token=token, shown=PASSWORD, at=late)


def test_closing_an_account_forgets_its_factors(world: World) -> None:
    set_up(world)
    actions.close_person(actor=SYSTEM, person_id=world.person.id, at=NOW)
    assert not Totp.objects.exists()
    assert not RecoveryCode.objects.exists()
