"""Reads of the room: one case, pages of cases, the catalogue."""

from anlan.cases.queries.catalogue import forget_catalogue, get_catalogue
from anlan.cases.queries.clocks import Turned, list_pauses_over, list_turned
from anlan.cases.queries.lists import (
    PAGE_SIZE,
    Filter,
    Page,
    count_cases,
    is_search_key,
    list_cases,
    search_cases,
)
from anlan.cases.queries.one import (
    access_case,
    access_sent_case,
    find_case_of_photo,
    get_case_by_code,
    get_case_of_signal,
    get_procedure,
    get_roles,
    get_step,
    list_case_ids,
    list_moves,
    list_photo_ids,
    list_signal_ids,
    list_steps,
    may_open_contact,
    note_for_reporter,
)
from anlan.cases.queries.public import PUBLIC_CLASSES, count_open_by_light, list_public_cases

__all__ = [
    "PAGE_SIZE",
    "PUBLIC_CLASSES",
    "Filter",
    "Page",
    "Turned",
    "access_case",
    "access_sent_case",
    "count_cases",
    "count_open_by_light",
    "find_case_of_photo",
    "forget_catalogue",
    "get_case_by_code",
    "get_case_of_signal",
    "get_catalogue",
    "get_procedure",
    "get_roles",
    "get_step",
    "is_search_key",
    "list_case_ids",
    "list_cases",
    "list_moves",
    "list_pauses_over",
    "list_photo_ids",
    "list_public_cases",
    "list_signal_ids",
    "list_steps",
    "list_turned",
    "may_open_contact",
    "note_for_reporter",
    "search_cases",
]
