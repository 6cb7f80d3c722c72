"""Journeys in a real browser. A package, so that one instance serves this folder and ends with it."""
