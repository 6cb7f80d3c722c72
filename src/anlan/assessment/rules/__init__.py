"""Arithmetic of schemes, scores, ranks and cards. No Django, no clock, no I/O."""
