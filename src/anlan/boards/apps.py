"""Registers the room; it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "anlan.boards"
    label = "boards"
