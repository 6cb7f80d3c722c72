"""Made-up resident reports, for the demo county and for training the first model.

Every report is synthetic: put together from the catalogue's own phrases, invented places and stock
sentences, with a seed, so the same call gives the same reports. No real message went into it.
There are two disjoint sets of stock sentences. What a model learns from is written with the
TRAINING set, what it is checked on with the CHECKING set; a figure measured that way still says
how well the model knows *this* language, not how residents write, and is to be called synthetic.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Templates(StrEnum):
    """Which stock sentences a report is built from."""

    TRAINING = "TRAINING"
    CHECKING = "CHECKING"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the catalogue says about a matter in words. matter_class: DISPUTE, SAFETY, …"""

    code: str
    matter_class: str
    level: str
    name: str
    keywords: tuple[str, ...]
    phrases: tuple[str, ...]
    family: str = ""


@dataclass(frozen=True, slots=True)
class SyntheticReport:
    """A made-up report.

    place_hint: the place as its writer would say it, whether or not the text names it.
    phrase: the phrase of the catalogue that the text was built around.
    """

    text: str
    matter_code: str
    place_hint: str
    phrase: str
    is_synthetic: bool = True


@dataclass(frozen=True, slots=True)
class _Stock:
    openings: tuple[str, ...]
    place_first: tuple[str, ...]
    place_last: tuple[str, ...]
    times: tuple[str, ...]
    asks: Mapping[str, tuple[str, ...]]
    thanks: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...]


_STOCK = {
    Templates.TRAINING: _Stock(
        openings=(
            "",
            "",
            "",
            "你好，",
            "您好，",
            "领导好，",
            "你好，反映一个情况，",
            "向你们反映一下，",
            "麻烦你们看一下，",
            "我是附近居民，",
            "帮忙看看，",
            "打扰了，",
        ),
        place_first=("{place}，", "{place}这里，", "在{place}，", "我住{place}，", "{place}："),
        place_last=("地点在{place}。", "就在{place}。", "位置：{place}。", "我是{place}的。"),
        times=(
            "这几天都这样。",
            "昨天开始的。",
            "有一段时间了。",
            "今天早上发现的。",
            "上个月就这样了。",
        ),
        asks={
            "DISPUTE": (
                "希望能帮忙调解。",
                "请帮我们协调一下。",
                "想找人评评理。",
                "怎么处理比较好？",
            ),
            "SAFETY": (
                "希望尽快处理。",
                "请派人来看看。",
                "怕出事，请重视。",
                "存在隐患，请上门检查。",
            ),
            "SERVICE": (
                "希望早点解决。",
                "请安排人处理。",
                "麻烦尽快修一下。",
                "大家都不方便，请处理。",
            ),
            "OTHER": ("请帮忙处理一下。", "麻烦你们了。", "请联系我。", ""),
            "QUESTION": ("麻烦告诉我一下。", "请回复。", "想了解一下。", ""),
            "URGENT": ("情况比较急，请马上派人。", "请尽快过来！", "很危险，快来人处理。"),
        },
        thanks=("", "", "", "谢谢！", "谢谢。", "辛苦了。", "多谢。"),
        swaps=(
            ("好几天", "三四天"),
            ("没人管", "一直没人处理"),
            ("不肯", "不愿意"),
            ("孩子", "小孩"),
            ("坏了", "坏掉了"),
            ("很危险", "太危险了"),
            ("老人", "老人家"),
            ("希望", "盼着"),
            ("堆满", "堆了很多"),
            ("半夜", "深夜"),
            ("好多", "很多"),
            ("怎么办", "怎么办理"),
        ),
    ),
    Templates.CHECKING: _Stock(
        openings=(
            "",
            "",
            "",
            "工作人员你好，",
            "各位好，",
            "请问一下，",
            "有个事情想说一下，",
            "网格员您好，",
            "这边有个问题，",
            "作为一名住户，",
            "首先感谢你们的工作，",
            "不好意思又来麻烦，",
        ),
        place_first=(
            "{place}那边，",
            "家住{place}，",
            "{place}附近，",
            "位于{place}，",
            "刚路过{place}，",
        ),
        place_last=(
            "具体是{place}。",
            "地址是{place}。",
            "{place}，来了就能看到。",
            "在{place}旁边。",
        ),
        times=(
            "已经一个多礼拜了。",
            "从前天起就没好过。",
            "刚刚看到的。",
            "反复好多回了。",
            "入夏以后一直如此。",
        ),
        asks={
            "DISPUTE": (
                "盼望有人出面说和。",
                "双方都在气头上，请来劝劝。",
                "我们愿意坐下来谈。",
                "求个公道。",
            ),
            "SAFETY": (
                "万一出了事谁负责。",
                "恳请排查整改。",
                "请相关部门到现场。",
                "真的让人提心吊胆。",
            ),
            "SERVICE": (
                "什么时候能弄好？",
                "盼回音。",
                "给大家出行添了不少麻烦。",
                "能否安排一下。",
            ),
            "OTHER": ("等你们消息。", "拜托了。", "有结果打我电话。", ""),
            "QUESTION": ("盼复。", "有人知道吗？", "网上没查到。", ""),
            "URGENT": ("十万火急！", "现在就需要人到场。", "再拖要出大事。"),
        },
        thanks=("", "", "", "感谢！", "万分感谢。", "费心了。", "先谢过。"),
        swaps=(
            ("好几天", "将近一周"),
            ("没人管", "无人过问"),
            ("不肯", "说什么也不"),
            ("孩子", "娃"),
            ("坏了", "出毛病了"),
            ("很危险", "相当危险"),
            ("老人", "老年人"),
            ("希望", "但愿"),
            ("堆满", "到处堆着"),
            ("半夜", "凌晨"),
            ("好多", "不少"),
            ("怎么办", "该怎么弄"),
        ),
    ),
}

_ROADS = (
    "青松路",
    "永兴街",
    "小河路",
    "杏林路",
    "望春街",
    "仓前路",
    "新桥路",
    "梧桐街",
    "南塘路",
    "书院路",
)
_ESTATES = (
    "翠竹苑",
    "杨柳新村",
    "桂花园",
    "春晓小区",
    "东篱花园",
    "清水湾",
    "荷花新村",
    "枫香家园",
)
_VILLAGES = ("上林村", "石桥头村", "下湾村", "梅溪村", "竹园村", "大樟树村", "官塘村", "里坞村")
_LANDMARKS = ("菜场", "卫生院", "小学", "公交站", "加油站", "老年食堂", "文化礼堂", "便利店")

_RURAL = re.compile("村|田|山|河|水库|池塘|茶园|林|大棚|养殖|水渠|土墙")
_ESTATE = re.compile("小区|楼|单元|邻居|隔壁|物业|电梯|业主|阳台|家里|对门|我家|装修|出租房")
_TELLS_TIME = re.compile("天|月|年|晚|早|夜|周|点|突然|次|刚")
_ASKS = re.compile("吗|怎么|请问|什么|哪里|哪个|多少|咨询|几趟|谁")
# Short notes and thanks read oddly with a plea behind them.
_PLAIN_CODES = frozenset({"THANKS", "TEST_REPORT", "FOUND_ITEM"})


def read_wordings(rows: Iterable[Mapping[str, Any]]) -> list[Wording]:
    """Take the words of each matter from the rows of a matters.yaml."""
    return [
        Wording(
            code=row["code"],
            matter_class=row["class"],
            level=row["level"],
            name=row["name"],
            keywords=tuple(row["keywords"]),
            phrases=tuple(row["phrases"]),
            family=row.get("family", ""),
        )
        for row in rows
    ]


def synthetic_reports(
    matters: Sequence[Wording], n: int, seed: int, *, templates: Templates = Templates.TRAINING
) -> list[SyntheticReport]:
    """Make n reports, spread evenly over the matters, in an order of chance.

    The same matters, n, seed and templates give the same reports. Raises ValueError without matters.
    """
    if not matters:
        raise ValueError("no matters to write reports about")
    # Not for secrets: a seed has to give the same reports again.
    chance = random.Random(f"{seed}:{templates}")  # noqa: S311 – the same phrases for the same seed are meant
    queue: list[Wording] = []
    reports = []
    for _ in range(n):
        if not queue:
            queue = chance.sample(matters, len(matters))
        reports.append(_write_report(queue.pop(), _STOCK[templates], chance))
    return reports


def synthetic_text(matter: Wording, chance: random.Random, templates: Templates) -> str:
    """Make up what somebody says of one matter."""
    return _write_report(matter, _STOCK[templates], chance).text


def training_set(
    matters: Sequence[Wording], *, reports_each: int, seed: int
) -> tuple[list[str], list[str], list[str]]:
    """Texts, their codes and their groups, for a first model: names, keywords, phrases, reports.

    Texts that share a phrase share a group, see `Classifier.fit`.
    """
    texts, codes, groups = [], [], []
    for matter in matters:
        for said in (matter.name, *matter.keywords, *matter.phrases):
            texts.append(said)
            codes.append(matter.code)
            groups.append(said)
    for report in synthetic_reports(matters, reports_each * len(matters), seed):
        texts.append(report.text)
        codes.append(report.matter_code)
        groups.append(report.phrase)
    return texts, codes, groups


def _write_report(matter: Wording, stock: _Stock, chance: random.Random) -> SyntheticReport:
    phrase = said = chance.choice(matter.phrases)
    place = _invent_place(said, chance)
    is_question = bool(_ASKS.search(said))
    tells_time = bool(_TELLS_TIME.search(said))
    for old, new in stock.swaps:
        if old in said and chance.random() < 0.5:
            said = said.replace(old, new)
    parts = [chance.choice(stock.openings)]
    where = chance.random()
    if where < 0.4 and not is_question:
        parts.append(chance.choice(stock.place_first).format(place=place))
    parts.append(said + ("？" if is_question and said.endswith("吗") else "。"))
    if matter.code not in _PLAIN_CODES:
        if not is_question and not tells_time and chance.random() < 0.4:
            parts.append(chance.choice(stock.times))
        if 0.4 <= where < 0.75 and not is_question:
            parts.append(chance.choice(stock.place_last).format(place=place))
        if chance.random() < 0.6:
            tone = matter.matter_class
            if is_question:
                tone = "QUESTION"
            elif matter.level == "URGENT" and chance.random() < 0.5:
                tone = "URGENT"
            parts.append(chance.choice(stock.asks[tone]))
        parts.append(chance.choice(stock.thanks))
    return SyntheticReport(
        text="".join(parts), matter_code=matter.code, place_hint=place, phrase=phrase
    )


def _invent_place(said: str, chance: random.Random) -> str:
    """A place that suits what is said: a field is not on the third floor."""
    if _RURAL.search(said):
        village = chance.choice(_VILLAGES)
        spot = chance.choice(("村口", "村委会旁", f"{chance.randint(1, 12)}组", "礼堂后面", ""))
        return village + spot
    if _ESTATE.search(said):
        house = f"{chance.randint(1, 36)}幢"
        stair = chance.choice((f"{chance.randint(1, 4)}单元", "", ""))
        return chance.choice(_ESTATES) + house + stair
    road = chance.choice(_ROADS)
    if chance.random() < 0.3:
        return f"{road}和{chance.choice([other for other in _ROADS if other != road])}路口"
    if chance.random() < 0.5:
        return road + chance.choice(_LANDMARKS) + chance.choice(("门口", "对面", "旁"))
    return f"{road}{chance.randint(1, 299)}号"
