"""Writes of the room: schemes, results of before, publication, objections."""

from anlan.assessment.actions.objecting import decide_objection, file_objection
from anlan.assessment.actions.publishing import publish_cards
from anlan.assessment.actions.schemes import load_schemes, record_results

__all__ = ["decide_objection", "file_objection", "load_schemes", "publish_cards", "record_results"]
