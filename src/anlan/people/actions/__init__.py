"""All writes of the room: signing in and out, accounts, passwords, duties, shifts, machine accounts."""

from anlan.people.actions.clients import create_api_client, revoke_api_client
from anlan.people.actions.duties import (
    end_duty,
    grant_duty,
    lend_seat,
    plan_shift,
    take_back_seat,
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
    count_photo,
    count_report,
    count_sign_in_try,
    count_tracking_try,
    count_try,
    forget_tries,
)
from anlan.people.actions.sign_ins import (
    forget_ended_sign_ins,
    sign_in,
    sign_out,
    touch_sign_in,
)

__all__ = [
    "change_password",
    "choose_password",
    "close_person",
    "count_likeness",
    "count_photo",
    "count_report",
    "count_sign_in_try",
    "count_tracking_try",
    "count_try",
    "create_api_client",
    "create_person",
    "end_duty",
    "erase_person",
    "forget_ended_sign_ins",
    "forget_tries",
    "grant_duty",
    "lend_seat",
    "plan_shift",
    "revoke_api_client",
    "set_password",
    "sign_in",
    "sign_out",
    "take_back_seat",
    "touch_sign_in",
]
