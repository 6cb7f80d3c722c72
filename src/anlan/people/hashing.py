"""How passwords are hashed: scrypt with as much memory as OWASP asks for.

Django's own scrypt takes 16 MB and five rounds (N 2**14, p 5); ours 64 MB and one (N 2**16, p 1):
about the same time, four times the memory, which is what a guesser with graphics cards lacks.
Hashes of the former kind stay good: each carries its own parameters.
"""

from __future__ import annotations

from django.contrib.auth.hashers import ScryptPasswordHasher


class Scrypt(ScryptPasswordHasher):
    """scrypt with N 2**16, r 8, p 1."""

    work_factor = 2**16
    parallelism = 1
    maxmem = 96 * 1024 * 1024
