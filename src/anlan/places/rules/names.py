"""Finding a place by what people type of its name: its beginning, a part of it, or the way down to it.

All names lie in one string, in the order of the tree, so that what lies below a place is one stretch of
it. A question is one scan of that stretch; what it finds is then ordered: names that begin with the
text before those that only contain it, upper levels first.

    枫桥              the town, then the villages whose names contain it
    枫桥镇栎桥村        the village, by the way down to it, written in one piece
    枫桥 栎桥          the same in words of its own
    栎桥村12号         the village: what no name holds is left off at the end
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anlan.places.rules.gazetteer import PlaceInfo

SCAN_LIMIT: Final = 1_000
"""More names than these are not looked at one by one: who types one common character has to type on."""

SHORTEST_START: Final = 3
"""Of a text that no name holds, a beginning as long as this may still name a place."""

_GAPS = re.compile(r"[\s·,，、;；/|>-]+")


class Names:
    """The names (zh, en) and codes of many places."""

    def __init__(
        self,
        places: Iterable[PlaceInfo],
        *,
        above: Callable[[PlaceInfo], Sequence[PlaceInfo]],
    ) -> None:
        self._keys, self._places = [], []
        self._above = above
        self._starts: list[int] = []
        parts: list[str] = []
        at = 0
        for key, place in sorted((_key(place.path), place) for place in places):
            part = f"{place.name}\t{place.name_en}\t{place.code}".casefold()
            self._keys.append(key)
            self._places.append(place)
            self._starts.append(at)
            parts.append(part)
            at += len(part) + 1
        self._text = "\n".join(parts)
        self._ways: tuple[str, list[int], list[int]] | None = None

    def find(
        self, text: str, *, level: str = "", under: str = "", limit: int = 20
    ) -> list[PlaceInfo]:
        """List the places that a text names, the likeliest first. `under`: the path of a place to look below."""
        words = [word for word in _GAPS.split(text.casefold()) if word]
        if not words:
            return []
        low, high = self._stretch(under)
        if low >= high:
            return []
        whole = " ".join(text.casefold().split())
        found = self._holding(whole, low, high, level)
        if not found and len(words) > 1:
            last, others = words[-1], words[:-1]
            found = [
                each
                for each in self._holding(last, low, high, level)
                if self._lies_below(self._places[each[1]], others)
            ]
        if not found and len(words) == 1:
            found = self._by_way(whole, low, high, level)
        if not found:
            found = self._by_beginning(whole, low, high, level)
        found.sort(key=lambda each: (not each[0], self._places[each[1]].depth, each[1]))
        return [self._places[index] for _, index in found[:limit]]

    def _stretch(self, under: str) -> tuple[int, int]:
        if not under:
            return 0, len(self._places)
        key = _key(under)
        return bisect_left(self._keys, key), bisect_left(self._keys, key + "\x01")

    def _holding(self, wanted: str, low: int, high: int, level: str) -> list[tuple[bool, int]]:
        """Give (begins with it, index) of places whose own name or code holds the text."""
        found: dict[int, bool] = {}
        if self._scan(wanted, low, high, level, found):
            # What many names hold in their middle must not crowd out those that begin with it.
            for mark in "\n\t":
                self._scan(wanted, low, high, level, found, mark=mark)
        return [(begins, index) for index, begins in found.items()]

    def _scan(
        self,
        wanted: str,
        low: int,
        high: int,
        level: str,
        found: dict[int, bool],
        *,
        mark: str = "",
    ) -> bool:
        """Find the places of a stretch that hold the text after a mark; tell whether there were too many."""
        starts, text = self._starts, self._text
        end = starts[high] if high < len(starts) else len(text)
        at, seen = text.find(mark + wanted, max(0, starts[low] - len(mark)), end), 0
        while at >= 0:
            if seen >= SCAN_LIMIT:
                return True
            seen += 1
            at += len(mark)
            index = bisect_right(starts, at) - 1
            begins = at == starts[index] or text[at - 1] == "\t"
            if index not in found and (not level or self._places[index].level == level):
                found[index] = begins
            following = starts[index + 1] if index + 1 < high else end
            at = text.find(mark + wanted, following - len(mark), end)
        return False

    def _lies_below(self, place: PlaceInfo, words: Sequence[str]) -> bool:
        above = "\n".join(f"{p.name}\t{p.name_en}".casefold() for p in self._above(place))
        return all(word in above for word in words)

    def _by_way(self, wanted: str, low: int, high: int, level: str) -> list[tuple[bool, int]]:
        """Give places whose names, written one after the other from above, hold the text to their own end."""
        if self._ways is None:
            self._ways = self._write_ways()
        text, starts, owns = self._ways
        end = starts[high] if high < len(starts) else len(text)
        found: list[tuple[bool, int]] = []
        at, seen = text.find(wanted, starts[low], end), 0
        while at >= 0 and seen < SCAN_LIMIT:
            seen += 1
            index = bisect_right(starts, at) - 1
            place = self._places[index]
            if at + len(wanted) > owns[index] and (not level or place.level == level):
                found.append((True, index))
            at = text.find(wanted, starts[index + 1] if index + 1 < high else end, end)
        return found

    def _write_ways(self) -> tuple[str, list[int], list[int]]:
        parts: list[str] = []
        starts: list[int] = []
        owns: list[int] = []
        at = 0
        for place in self._places:
            way = "".join(each.name for each in self._above(place)).casefold()
            starts.append(at)
            owns.append(at + len(way))
            parts.append(way + place.name.casefold())
            at += len(parts[-1]) + 1
        return "\n".join(parts), starts, owns

    def _by_beginning(self, wanted: str, low: int, high: int, level: str) -> list[tuple[bool, int]]:
        """Leave off what no name holds, a character at a time: a house number, a corner, a shop."""
        for length in range(min(len(wanted) - 1, 40), SHORTEST_START - 1, -1):
            found = self._holding(wanted[:length], low, high, level)
            found = [each for each in found if each[0]] or self._by_way(
                wanted[:length], low, high, level
            )
            if found:
                return found
        return []


def _key(path: str) -> str:
    """Give what sorts a place right before all that lies below it."""
    return path.replace(".", "\0")
