"""Farrington flexible: is a count higher than five years let expect? Page: docs/algorithms/farrington-flexible.md."""

from anlan.situation.rules.farrington.bounds import Bounds, State, compute_bounds, list_points
from anlan.situation.rules.farrington.setting import Setting, read_setting

__all__ = ["Bounds", "Setting", "State", "compute_bounds", "list_points", "read_setting"]
