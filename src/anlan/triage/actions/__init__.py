"""All writes of the room."""

from anlan.triage.actions.take import Taken, take_signal
from anlan.triage.actions.train import train_classifier

__all__ = ["Taken", "take_signal", "train_classifier"]
