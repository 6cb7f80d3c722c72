"""Turn messages into counted character n-grams, a whole batch at a time.

All texts of a batch are laid end to end in one array of code points, with a zero after each text.
A rolling hash over that array gives every 1-, 2- and 3-gram a bucket in 2**22; the n-grams of the
first 30 characters are counted a second time in buckets of their own, because people put the gist
of a message first. No Python runs per character, which is what makes 5,000 messages a second
possible on one core.
Two different n-grams may share a bucket (about one in fourteen does at 300,000 known n-grams): the
weight learned is then that of both together.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BUCKET_BITS = 22
BUCKETS = 1 << BUCKET_BITS
WIDTHS = (1, 2, 3)
HEAD_CHARACTERS = 30
TEXT_LIMIT_CHARACTERS = 2000

_MULTIPLIER = np.uint32(0x9E3779B1)
_FINISHER = np.uint32(0x85EBCA77)
_HEAD_SALT = np.uint32(0x5BD1E995)
_SHIFT = np.uint32(15)
_ZERO, _TEN = np.uint32(ord("0")), np.uint32(10)
_TO_BUCKET = np.uint32(32 - BUCKET_BITS)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """n-grams of a batch: row i of the batch owns columns[starts[i]:starts[i + 1]], sorted.

    columns: bucket, or the column that the bucket was mapped to. counts: how often it occurs.
    unknown: how many n-grams of each row were dropped because no column knows them.
    """

    starts: IntArray
    columns: IntArray
    counts: IntArray
    unknown: IntArray


@dataclass(frozen=True, slots=True)
class Placed:
    """Every n-gram of one text with where it stands: buckets[i] covers texts[at:at + width]."""

    buckets: IntArray
    at: IntArray
    width: IntArray


def normalise(text: str) -> str:
    """Bring a message to the one form that is read: NFKC, lower case, single spaces.

    Only the first 2,000 characters count; what follows does not change a class and would let one
    huge message hold up a request.
    """
    folded = unicodedata.normalize("NFKC", text[: 2 * TEXT_LIMIT_CHARACTERS]).lower()
    return " ".join(folded.replace("\0", " ").split())[:TEXT_LIMIT_CHARACTERS]


def count_grams(
    texts: Sequence[str], *, column_of_bucket: npt.NDArray[np.int32] | None = None
) -> Counted:
    """Count the n-grams of each text.

    column_of_bucket: maps a bucket to a column, -1 = unknown and dropped; None keeps the buckets.
    """
    points, owner, place = _lay_out([normalise(text) for text in texts])
    columns, owners = [], []
    unknown = np.zeros(len(texts), dtype=np.int64)
    for _, buckets, where in _roll(points, place):
        # NumPy gathers faster through the native index type than through uint32.
        native = buckets.astype(np.int64)
        if column_of_bucket is None:
            columns.append(native)
            owners.append(owner[where])
        else:
            mapped = column_of_bucket[native]
            known = np.flatnonzero(mapped >= 0)
            columns.append(mapped[known].astype(np.int64))
            owners.append(owner[where[known]])
            unknown += np.bincount(owner[where], minlength=len(texts))
            unknown -= np.bincount(owners[-1], minlength=len(texts))
    keys = np.concatenate(owners) * BUCKETS + np.concatenate(columns)
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys))
    keys = keys[first]
    starts = np.searchsorted(keys, np.arange(len(texts) + 1, dtype=np.int64) * BUCKETS)
    return Counted(
        starts=starts.astype(np.int64),
        columns=keys & (BUCKETS - 1),
        counts=counts,
        unknown=unknown,
    )


def count_one(text: str, column_of_bucket: npt.NDArray[np.int32]) -> tuple[IntArray, IntArray, int]:
    """Count the n-grams of a single text as (columns, counts, how many are unknown).

    What `count_grams` finds, without any work per row: a request waits for it.
    """
    points = _read_points(normalise(text))
    rolled = np.zeros(len(points), dtype=np.uint32)
    wholes, heads = [], []
    for width in WIDTHS:
        last = points[width - 1 :]
        rolled = (rolled[: len(last)] ^ last) * _MULTIPLIER
        rolled ^= rolled >> _SHIFT
        wholes.append(rolled)
        heads.append(rolled[: HEAD_CHARACTERS - width + 1])
    taken = np.concatenate([*wholes, np.concatenate(heads) ^ _HEAD_SALT])
    mapped = column_of_bucket[((taken * _FINISHER) >> _TO_BUCKET).astype(np.int64)]
    columns = mapped[mapped >= 0].astype(np.int64)
    if not len(columns):
        return columns, columns, len(mapped)
    columns.sort()
    changes = np.ones(len(columns) + 1, dtype=bool)
    np.not_equal(columns[1:], columns[:-1], out=changes[1:-1])
    bounds = np.flatnonzero(changes)
    return columns[bounds[:-1]], bounds[1:] - bounds[:-1], len(mapped) - len(columns)


def place_grams(text: str) -> Placed:
    """List every n-gram of one normalised text with its place, for explaining a decision."""
    points, _, place = _lay_out([text])
    found = [(width, buckets, where) for width, buckets, where in _roll(points, place)]
    return Placed(
        buckets=np.concatenate([buckets.astype(np.int64) for _, buckets, _ in found]),
        at=np.concatenate([where for _, _, where in found]),
        width=np.concatenate([np.full(len(where), width) for width, _, where in found]),
    )


def _lay_out(texts: list[str]) -> tuple[npt.NDArray[np.uint32], IntArray, IntArray]:
    points = _read_points("\0".join(texts) + "\0")
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    begins = np.cumsum(lengths) - lengths
    return points, owner, np.arange(len(points), dtype=np.int64) - begins[owner]


def _read_points(text: str) -> npt.NDArray[np.uint32]:
    """Code points; any digit reads as 0: house numbers and amounts say nothing about the matter."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).copy()
    points[points - _ZERO < _TEN] = _ZERO
    return points


def _roll(
    points: npt.NDArray[np.uint32], place: IntArray
) -> list[tuple[int, npt.NDArray[np.uint32], IntArray]]:
    """(width, bucket, index into points) of every n-gram, those of the head again at the end."""
    found = []
    heads = []
    hashes = np.zeros(len(points), dtype=np.uint32)
    inside = points != 0
    whole = np.ones(len(points), dtype=bool)
    for width in WIDTHS:
        if width > len(points):
            break
        last = points[width - 1 :]
        hashes = (hashes[: len(last)] ^ last) * _MULTIPLIER
        hashes ^= hashes >> _SHIFT
        # An n-gram that reaches over the zero between two texts belongs to neither.
        whole = whole[: len(last)] & inside[width - 1 :]
        where = np.flatnonzero(whole)
        taken = hashes[where]
        found.append((width, (taken * _FINISHER) >> _TO_BUCKET, where))
        front = np.flatnonzero(place[where] <= HEAD_CHARACTERS - width)
        salted = (taken[front] ^ _HEAD_SALT) * _FINISHER
        heads.append((width, salted >> _TO_BUCKET, where[front]))
    return found + heads
