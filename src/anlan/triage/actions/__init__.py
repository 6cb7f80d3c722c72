"""All writes of the room."""

from anlan.triage.actions.importing import FileMissing, Progress, import_signals
from anlan.triage.actions.joining import JOIN_WITHIN, join_case
from anlan.triage.actions.picking import pick
from anlan.triage.actions.routing import move_rule, remove_rule, save_rule
from anlan.triage.actions.shadow import record_shadow
from anlan.triage.actions.splitting import split_case
from anlan.triage.actions.take import Taken, take_signal
from anlan.triage.actions.topics import refresh_topics
from anlan.triage.actions.train import train_classifier, train_from_catalogue
from anlan.triage.actions.versions import (
    Evaluation,
    evaluate_version,
    promote_version,
    roll_back,
    train_version,
)

__all__ = [
    "JOIN_WITHIN",
    "Evaluation",
    "FileMissing",
    "Progress",
    "Taken",
    "evaluate_version",
    "import_signals",
    "join_case",
    "move_rule",
    "pick",
    "promote_version",
    "record_shadow",
    "refresh_topics",
    "remove_rule",
    "roll_back",
    "save_rule",
    "split_case",
    "take_signal",
    "train_classifier",
    "train_from_catalogue",
    "train_version",
]
