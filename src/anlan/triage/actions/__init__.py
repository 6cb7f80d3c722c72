"""All writes of the room."""

from anlan.triage.actions.importing import FileMissing, Progress, import_signals
from anlan.triage.actions.take import Taken, take_signal
from anlan.triage.actions.train import train_classifier, train_from_catalogue

__all__ = [
    "FileMissing",
    "Progress",
    "Taken",
    "import_signals",
    "take_signal",
    "train_classifier",
    "train_from_catalogue",
]
