"""Which passwords are too easy to guess, told without a network and without a clock.

Length alone does not help: `zhangwei1990`, `wangfang13812345678` and `anlan20260101` have twelve
characters and are among the first that a guesser tries. So a password is taken apart into the
pieces that such a guesser has at hand (names in pinyin, common words, runs along the keyboard, dates,
telephone and identity numbers, the account's own name), and is refused when it consists of nothing
else. Two words alone are refused, three are a passphrase: they may stand.

The words below are our own list of well-known ones; the action adds Django's list of 20,000 leaked
passwords (BSD, in the installed package), whole or as a piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from anlan.kernel.errors import Invalid

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 128
PASSWORD_READ_CHARACTERS = 1024
"""What is looked at when signing in: older passwords may be longer than new ones."""
DISTINCT_CHARACTERS = 5
RUN_CHARACTERS = 4
WORDS_ALLOWED_ALONE = 2
PIECE_CHARACTERS = 40
_NEVER = float("inf")

_WORDS = """
    password passwd passw0rd p@ssw0rd p@ssword admin administrator root user guest test demo login
    letmein welcome hello iloveyou monkey dragon master sunshine princess football qwerty abc secret
    changeme default system server manager office computer internet windows
    anlan anlan-system fengqiao zhejiang shaoxing hangzhou ningbo zhuji beijing shanghai china
    zhongguo zhonghua woaini woaizhongguo aini nihao mima guanliyuan yonghu denglu wangge wanggeyuan
    zhili shequ jiedao xiangzhen zhengfu gongan paichusuo zonghe pingan pinganzhongguo
    我爱你 密码 管理员 中国 浙江 枫桥 安澜 平安 你好 网格 社区 政府
"""
_SYLLABLES = """
    a ai an ang ao ba bai ban bang bao bei ben bi bian biao bin bing bo bu cai can cang cao ce cen
    cha chai chan chang chao che chen cheng chi chong chou chu chuan chuang chun ci cong cui da dai
    dan dang dao de deng di dian ding dong dou du duan dun e en er fa fan fang fei fen feng fo fu
    gan gang gao ge gen geng gong gou gu guan guang gui guo ha hai han hang hao he hei heng hong hou
    hu hua huai huan huang hui huo ji jia jian jiang jiao jie jin jing jiu ju juan jue jun kai kan
    kang ke kong kuan kuang kui kun lan lang lao le lei leng li lian liang liao lin ling liu long
    lou lu luan lun luo lv ma mai man mao mei men meng mi mian miao min ming mo mu na nan nian ning
    niu nuo ou pan pang pei peng pi ping po pu qi qian qiang qiao qin qing qiong qiu qu quan que ran
    rao ren rong rou ru ruan rui run ruo sha shan shang shao she shen sheng shi shou shu shuai shuang
    shui shuo si song su sui sun suo tai tan tang tao teng tian tie ting tong tu wan wang wei wen
    weng wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin
    ying yong you yu yuan yue yun zeng zha zhai zhan zhang zhao zhe zhen zheng zhi zhong zhou zhu
    zhuang zhuo zi zong zou zu zuo
"""
_KEYBOARD = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp",
    "147258369", "741852963", "qweasdzxc", "!@#$%^&*()",
)  # fmt: skip
_NAME_SYLLABLES = 4
_SIGNS, _DIGITS = str.maketrans("@$!", "asi"), str.maketrans("013457", "oieast")
"""Letters that signs and digits stand for: p@ssw0rd."""
_FILLING = re.compile(r"[\W_]+")


class PasswordTooShort(Invalid):
    """A password needs at least {characters} characters."""


class PasswordTooLong(Invalid):
    """A password may have at most {characters} characters."""


class PasswordEasilyGuessed(Invalid):
    """This password is among the first that a guesser tries: a name, a word, a date, a telephone number or a run of keys. Choose several words that do not belong together."""


class PasswordUnchanged(Invalid):
    """The new password is the present one. Choose another."""


def check_password_length(password: str) -> None:
    """Refuse a password too short to be safe or too long to be hashed in decent time.

    Raises PasswordTooShort, PasswordTooLong.
    """
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise PasswordTooShort(characters=PASSWORD_MIN_CHARACTERS)
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise PasswordTooLong(characters=PASSWORD_MAX_CHARACTERS)


def check_password(
    password: str, *, about: Collection[str] = (), leaked: AbstractSet[str] = frozenset()
) -> None:
    """Refuse a password that is too short, too long or made of what is guessed first.

    about: what others know of the owner, like login and name. leaked: passwords known from leaks.
    Raises PasswordTooShort, PasswordTooLong, PasswordEasilyGuessed.
    """
    check_password_length(password)
    if is_easily_guessed(password, about=about, leaked=leaked):
        raise PasswordEasilyGuessed()


def is_easily_guessed(
    password: str, *, about: Collection[str] = (), leaked: AbstractSet[str] = frozenset()
) -> bool:
    """Tell whether a password consists of nothing but what a guesser has at hand.

    >>> [is_easily_guessed(each) for each in ("zhangwei1990", "Admin@123456", "13812345678-88", "woaini5201314")]
    [True, True, True, True]
    >>> [is_easily_guessed(each) for each in ("ditch-copper-vapour", "雨水沟 铜 桥 四月天的伞", "x7Q-k2pW-9vLr")]
    [False, False, False]
    >>> is_easily_guessed("chen.gang.2026", about=["chen.gang"])
    True
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < DISTINCT_CHARACTERS:
        return True
    known = _Known(frozenset(part for each in about for part in _parts(each)), leaked)
    forms = {_FILLING.sub("", each) for each in (plain, plain.translate(_SIGNS))}
    return any(known.makes_up(form) for form in forms)


def _parts(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    parts = {_FILLING.sub("", plain), *_FILLING.split(plain)}
    return {part for part in parts if len(part) > 1}


@cache
def _words() -> frozenset[str]:
    return frozenset(_WORDS.split())


@cache
def _syllables() -> frozenset[str]:
    return frozenset(_SYLLABLES.split())


@dataclass(frozen=True, slots=True)
class _Known:
    """What a guesser has at hand: the owner's names, leaked passwords, and what all share."""

    own: AbstractSet[str]
    leaked: AbstractSet[str]

    def makes_up(self, text: str) -> bool:
        """Tell whether a text falls into known pieces with at most two words or one name among them.

        Goes from left to right over all ways to take it apart: at each position the least weight of
        words that were needed to come there. Digits and runs weigh nothing, a syllable a half.
        """
        least = {0: 0.0}
        for start in range(len(text)):
            if start not in least:
                continue
            for end in range(start + 1, min(len(text), start + PIECE_CHARACTERS) + 1):
                weight = self._weigh(text[start:end])
                if weight is not None and least[start] + weight < least.get(end, _NEVER):
                    least[end] = least[start] + weight
        return least.get(len(text), _NEVER) <= WORDS_ALLOWED_ALONE

    def _weigh(self, piece: str) -> float | None:
        """Give what a known piece weighs, None for one that nobody would try."""
        if piece.isdigit() or _is_run(piece) or _is_repetition(piece):
            return 0.0
        if piece in _syllables():
            return WORDS_ALLOWED_ALONE / _NAME_SYLLABLES
        return 1.0 if self._is_word(piece) or self._is_word(piece.translate(_DIGITS)) else None

    def _is_word(self, piece: str) -> bool:
        is_leaked = len(piece) >= RUN_CHARACTERS and piece in self.leaked
        return is_leaked or piece in self.own or piece in _words()


def _is_run(piece: str) -> bool:
    return len(piece) >= RUN_CHARACTERS and any(
        piece in line or piece in line[::-1] for line in _KEYBOARD
    )


def _is_repetition(piece: str) -> bool:
    """Tell whether a piece is one or two characters over and over."""
    if len(piece) < RUN_CHARACTERS:
        return False
    return any(piece == (piece[:size] * len(piece))[: len(piece)] for size in (1, 2))
