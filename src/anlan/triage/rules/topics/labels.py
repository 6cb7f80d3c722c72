"""What a topic is called: phrases that many of its texts say and few others near them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from anlan.triage.rules.topics.hearing import Heard, common_place

SAID_BY_SHARE, SAID_BY = 0.4, 3
PURITY = 0.2
LONGEST, SHORTEST = 12, 2
READABLE = 8
"""Characters of a phrase beyond which length counts for nothing."""
COMMON_SHARE, COMMON = 0.01, 20
LABEL_PHRASES = 3
READ_FOR_LABEL = 120
CANDIDATES = 30

_PIECES = re.compile(r"[\u4e00-\u9fff]{2,}|[a-z]+(?: [a-z]+)*")
_PERSON = re.compile(
    r"某|化名|先生|女士|小姐|师傅|老师|书记|主任|经理|老板|医生|警官|所长|局长|队长|同志|姓名|身份证|\bm(?:r|rs|s|iss)\b"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NAMED = re.compile(
    f"(?:找|叫|姓|联系人?|负责人|业主|村民|居民|户主|房东|邻居|本人|丈夫|妻子|儿子|女儿)[{''.join(sorted(_SURNAMES))}]"
)
"""Before a name."""
_NO_BEGINNING = "的了也都就被把这那我你他们其每再又区县市号线"
"""Characters that no phrase begins with: they belong to the word before, or say nothing."""
_NO_END = "的了在于和与及是也都就被把从对向为等这那我你之其很再又有何"
_SPEECH = re.compile(
    r"信访|上访|访民|集会|游行|示威|罢工|静坐|请愿|联名|维权|言论|舆情|宗教|petition|protest|assembl|demonstrat"
)


class Spoken:
    """All that is said at a place and below it, in one string: how often does a phrase stand there?"""

    def __init__(self, signals: Sequence[Heard], texts: Sequence[str]) -> None:
        self._texts = texts
        self._at: dict[int | None, list[int]] = {None: list(range(len(signals)))}
        for index, one in enumerate(signals):
            for place in one.places:
                self._at.setdefault(place, []).append(index)
        self._joined: dict[int | None, str] = {}

    def count(self, phrase: str, place: int | None) -> int:
        if place not in self._joined:
            said = {self._texts[index] for index in self._at[place]}
            self._joined[place] = "\n".join(sorted(said))
        return self._joined[place].count(phrase)


def label(
    members: Sequence[int], signals: Sequence[Heard], texts: Sequence[str], spoken: Spoken
) -> tuple[str, ...]:
    """Choose up to three phrases that many members say and few others near them; none: no topic."""
    said = sorted({texts[index] for index in members})
    if len(said) < SAID_BY:
        return ()
    needed = max(SAID_BY, math.ceil(SAID_BY_SHARE * len(said)))
    step = max(1, len(said) // READ_FOR_LABEL)
    held = Counter(phrase for text in said[::step] for phrase in _phrases(text))
    wanted = {
        phrase: count * step
        for phrase, count in held.items()
        if count * step >= needed
        and phrase[0] not in _NO_BEGINNING and phrase[-1] not in _NO_END
        and is_fit_to_show(phrase)
    }  # fmt: skip
    place = common_place([signals[index].places for index in members])
    together = "\n".join(said)
    weighed = []
    for phrase in _drop_parts(wanted)[:CANDIDATES]:
        inside, here = together.count(phrase), spoken.count(phrase, place)
        share = sum(phrase in text for text in said) / len(said)
        purity = inside / here
        if (
            share * len(said) < needed
            or purity < PURITY / 2
            or _is_cut(phrase, said)
            or _may_name_somebody(phrase, spoken.count(phrase, None), len(texts))
        ):
            continue
        length = min(len(phrase), READABLE)
        weighed.append((share * math.sqrt(purity) * math.log2(length), purity, phrase))
    weighed.sort(key=lambda one: (-one[0], one[2]))
    if not any(purity >= PURITY for _, purity, _ in weighed):
        return ()
    chosen: list[str] = []
    for _, _, phrase in weighed:
        if len(chosen) < LABEL_PHRASES and not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def _phrases(text: str) -> set[str]:
    """Every run of 2–10 Chinese characters, and every run of one to three Latin words."""
    found: set[str] = set()
    for piece in _PIECES.findall(text):
        if "a" <= piece[0] <= "z":
            words = piece.split()
            runs = (words[i : i + n] for n in (1, 2, 3) for i in range(len(words) - n + 1))
            found.update(" ".join(run) for run in runs if max(map(len, run)) > 3)
        else:
            found.update(
                piece[i : i + n]
                for n in range(SHORTEST, LONGEST + 1)
                for i in range(len(piece) - n + 1)
            )
    return found


def _drop_parts(held: dict[str, int]) -> list[str]:
    """Drop phrases that nearly always stand within a longer one; the most said first."""
    kept: list[tuple[str, int]] = []
    for phrase, count in sorted(held.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        if not any(phrase in longer and count <= 1.25 * of_it for longer, of_it in kept):
            kept.append((phrase, count))
    kept.sort(key=lambda pair: (-pair[1] * math.log2(len(pair[0])), pair[0]))
    return [phrase for phrase, _ in kept]


def _is_cut(phrase: str, said: Sequence[str]) -> bool:
    """Tell whether a phrase nearly always goes on in the same way, and is only a part of a word."""
    if phrase.isascii():
        return False
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for text in said:
        at = text.find(phrase)
        if at >= 0:
            before[text[at - 1 : at]] += 1
            after[text[at + len(phrase) : at + len(phrase) + 1]] += 1
    return any(
        count > 0.7 * sum(beside.values())
        and "\u4e00" <= one <= "\u9fff"
        and one not in _NO_BEGINNING
        for beside in (before, after)
        for one, count in beside.items()
    )


def _may_name_somebody(phrase: str, occurrences: int, texts_count: int) -> bool:
    """Tell whether a phrase may be a person's name: as short as one, begins like one, is no common word."""
    return (
        2 <= len(phrase) <= 3
        and phrase[0] in _SURNAMES
        and occurrences < max(COMMON, COMMON_SHARE * texts_count)
    )


def _overlap(one: str, other: str) -> bool:
    """Tell whether two phrases share a pair of characters, or a Latin word."""
    return bool(_parts(one) & _parts(other))


def _parts(phrase: str) -> set[str]:
    if phrase.isascii():
        return set(phrase.split())
    return {phrase[i : i + 2] for i in range(len(phrase) - 1)}


def is_fit_to_show(phrase: str) -> bool:
    """Tell whether a phrase may stand in a label: no digit, no person's title, nothing of speech.

    >>> is_fit_to_show("丽景小区"), is_fit_to_show("王先生"), is_fit_to_show("集体上访")
    (True, False, False)
    """
    return not (
        any(character.isdigit() for character in phrase)
        or _PERSON.search(phrase)
        or _NAMED.search(phrase)
        or _SPEECH.search(phrase)
    )
