"""All writes of the room."""

from anlan.cases.actions.catalogue import load_catalogue
from anlan.cases.actions.clocks import tell_turned_clocks
from anlan.cases.actions.contact import (
    call_reporter,
    open_contact,
    read_call,
)
from anlan.cases.actions.erasing import erase_title, erase_words
from anlan.cases.actions.filters import drop_filter, forget_filters, keep_filter
from anlan.cases.actions.merging import join_case, separate_unsatisfied
from anlan.cases.actions.messages import erase_messages, hear_reporter
from anlan.cases.actions.moves import (
    move_automatically,
    move_case,
    set_needs_person,
    set_responders,
)
from anlan.cases.actions.opened import ANNOUNCED_AT_ONCE, announce_opened
from anlan.cases.actions.pauses import ENDED_AT_ONCE, end_pauses
from anlan.cases.actions.photos import PhotosLate, add_photos
from anlan.cases.actions.search import take_words

__all__ = [
    "ANNOUNCED_AT_ONCE",
    "ENDED_AT_ONCE",
    "PhotosLate",
    "add_photos",
    "announce_opened",
    "call_reporter",
    "drop_filter",
    "end_pauses",
    "erase_messages",
    "erase_title",
    "erase_words",
    "forget_filters",
    "hear_reporter",
    "join_case",
    "keep_filter",
    "load_catalogue",
    "move_automatically",
    "move_case",
    "open_contact",
    "read_call",
    "separate_unsatisfied",
    "set_needs_person",
    "set_responders",
    "take_words",
    "tell_turned_clocks",
]
