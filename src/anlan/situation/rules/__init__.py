"""Arithmetic of situation analysis: arrays in, arrays out. No Django, clock or I/O."""
