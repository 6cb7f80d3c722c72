"""One matter, one code (一事一编码), and the secret that proves one raised it.

A code is ten characters of Crockford's base 32 (no I, L, O, U: safe to read out on the
telephone), 50 random bits, written `7KQF9-2MX4T`. The *tracking code* that the reporter gets is
the same code followed by five more characters, `7KQF9-2MX4T-8PQZK`: an HMAC of the code under
the instance's key. Staff see and quote the code; only the reporter can show the last group, so
only the reporter can read the tracking page and rate. Nothing secret is stored.
Guessing one group takes 2**25 tries under a rate limit.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from anlan.kernel.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
SECRET_LENGTH = 5
_READ = str.maketrans("OILoil", "011011", "- \t–—")
_keys: tuple[bytes, ...] = ()


class CodeMalformed(Invalid):
    """“{text}” is not a tracking code. It has three groups of five characters, like 7KQF9-2MX4T-8PQZK."""


def set_keys(*keys: bytes) -> None:
    """Set the tracking keys, newest first; called once at start."""
    global _keys
    _keys = keys


def _base32(value: int, length: int) -> str:
    return "".join(ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(length)))


def new_code() -> str:
    """Make a matter's code: ten characters, stored without hyphens."""
    return _base32(int.from_bytes(os.urandom(7), "big"), CODE_LENGTH)


def new_codes(count: int) -> list[str]:
    """Make many codes at once, all different."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes.setdefault(new_code())
    return list(codes)


def show(code: str) -> str:
    """Write a code in groups of five.

    >>> show("7KQF92MX4T")
    '7KQF9-2MX4T'
    """
    return "-".join(code[i : i + 5] for i in range(0, len(code), 5))


def normalise(text: str) -> str:
    """Read a typed code: spaces and hyphens dropped, O→0, I and L→1, upper case.

    >>> normalise("7kqf9 2mx4t")
    '7KQF92MX4T'
    """
    return text.translate(_READ).upper()


def _secret(code: str, key: bytes) -> str:
    mac = hmac.new(key, b"tracking:" + code.encode(), hashlib.sha256).digest()
    return _base32(int.from_bytes(mac[:8], "big"), SECRET_LENGTH)


def tracking_code(code: str) -> str:
    """Give the reporter's tracking code for a code, in groups of five."""
    return show(code + _secret(code, _keys[0]))


def read_tracking_code(text: str) -> str | None:
    """Give the code that a tracking code proves, or None when the proof is wrong.

    Raises CodeMalformed when the text cannot be a tracking code at all.
    """
    plain = normalise(text)
    if len(plain) != CODE_LENGTH + SECRET_LENGTH or not set(plain) <= set(ALPHABET):
        raise CodeMalformed(text=text[:40])
    code, secret = plain[:CODE_LENGTH], plain[CODE_LENGTH:]
    proved = [hmac.compare_digest(secret, _secret(code, key)) for key in _keys]
    return code if any(proved) else None
