"""All writes of the room: signing in and out, accounts, passwords, duties, shifts, machine accounts."""

from anlan.people.actions.clients import create_api_client, revoke_api_client
from anlan.people.actions.duties import (
    end_duty,
    grant_duty,
    lend_seat,
    plan_shift,
    take_back_seat,
)
from anlan.people.actions.factors import (
    begin_totp,
    confirm_totp,
    finish_enrolment,
    make_recovery_codes,
    prove,
    remove_totp,
    show_factor,
)
from anlan.people.actions.passkeys import (
    begin_passkey_proof,
    begin_passkey_sign_in,
    begin_registration,
    prove_with_passkey,
    register_passkey,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
)
from anlan.people.actions.passwords import (
    change_password,
    choose_password,
    set_password,
)
from anlan.people.actions.persons import (
    close_person,
    create_person,
    erase_person,
)
from anlan.people.actions.rates import (
    count_likeness,
    count_likeness_of,
    count_message,
    count_photo,
    count_report,
    count_sign_in_try,
    count_tracking_try,
    count_try,
    forget_tries,
)
from anlan.people.actions.recovery import ask_recovery, confirm_recovery
from anlan.people.actions.sessions import choose_duty, end_other_sign_ins, end_sign_in
from anlan.people.actions.sign_ins import (
    forget_ended_sign_ins,
    sign_in,
    sign_out,
    touch_sign_in,
)

__all__ = [
    "ask_recovery",
    "begin_passkey_proof",
    "begin_passkey_sign_in",
    "begin_registration",
    "begin_totp",
    "change_password",
    "choose_duty",
    "choose_password",
    "close_person",
    "confirm_recovery",
    "confirm_totp",
    "count_likeness",
    "count_likeness_of",
    "count_message",
    "count_photo",
    "count_report",
    "count_sign_in_try",
    "count_tracking_try",
    "count_try",
    "create_api_client",
    "create_person",
    "end_duty",
    "end_other_sign_ins",
    "end_sign_in",
    "erase_person",
    "finish_enrolment",
    "forget_ended_sign_ins",
    "forget_tries",
    "grant_duty",
    "lend_seat",
    "make_recovery_codes",
    "plan_shift",
    "prove",
    "prove_with_passkey",
    "register_passkey",
    "remove_passkey",
    "remove_totp",
    "rename_passkey",
    "revoke_api_client",
    "set_password",
    "show_factor",
    "sign_in",
    "sign_in_with_passkey",
    "sign_out",
    "take_back_seat",
    "touch_sign_in",
]
