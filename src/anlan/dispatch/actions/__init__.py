"""All writes of the room.

Locking order: the case first, then its dispatches; every write here begins with the case.
"""

from anlan.dispatch.actions.acts import take_act
from anlan.dispatch.actions.answering import finish_dispatch, move_dispatch
from anlan.dispatch.actions.batches import (
    fail_batch,
    plan_batch,
    send_batch,
    send_items,
    solve_batch,
)
from anlan.dispatch.actions.carrying import carry_back, carry_over
from anlan.dispatch.actions.following import (
    follow_up,
)
from anlan.dispatch.actions.positions import (
    forget_positions,
    send_position,
    switch_off_position,
    switch_on_position,
)
from anlan.dispatch.actions.run_cards import load_run_cards
from anlan.dispatch.actions.sending import dispatch_case
from anlan.dispatch.actions.telling import (
    erase_notes,
    tell_centre,
    tell_desk_unsigned,
    tell_dispatched,
    tell_stood_down,
)
from anlan.dispatch.actions.transfers import take_transfer

__all__ = [
    "carry_back",
    "carry_over",
    "dispatch_case",
    "erase_notes",
    "fail_batch",
    "finish_dispatch",
    "follow_up",
    "forget_positions",
    "load_run_cards",
    "move_dispatch",
    "plan_batch",
    "send_batch",
    "send_items",
    "send_position",
    "solve_batch",
    "switch_off_position",
    "switch_on_position",
    "take_act",
    "take_transfer",
    "tell_centre",
    "tell_desk_unsigned",
    "tell_dispatched",
    "tell_stood_down",
]
