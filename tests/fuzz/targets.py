"""Every reader and parser as a function of bytes, with good input to begin from.

Used twice: `test_bytes.py` bites pieces out of the good input, the same in every `make test`; `guided.py`
lets libFuzzer look for input that reaches new code. A reader takes or refuses (`refusal_allowed`);
what else is raised is a finding. None of them needs a database.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import importlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml
from django.http import QueryDict
from django.test import RequestFactory
from pydantic import ValidationError

from anlan.api.cases import MoveIn
from anlan.api.intake import SignalIn
from anlan.api.open311 import rules as open311
from anlan.api.wire import StrictParser
from anlan.backup import archive
from anlan.backup import rules as backup
from anlan.cases.actions import catalogue
from anlan.cases.rules import pairs_of, read_words
from anlan.cli.situation import looking
from anlan.config.operating.counts import Counts
from anlan.config.serving.handler import Request
from anlan.dispatch.actions import run_cards
from anlan.documents import pictures
from anlan.documents.rules import find_dimensions, find_media_type
from anlan.intake.rules import find_encoding, read_mapping, read_records, split_lines
from anlan.kernel import codes, keyring, procedure
from anlan.kernel.reach import may_reach
from anlan.ledger import rules as ledger
from anlan.notices.rules import one_line
from anlan.people.actions import passkeys
from anlan.people.rules import PasskeyRefused, is_callback_url
from anlan.places.actions.files import read_folder
from anlan.triage.actions import importing
from anlan.triage.classifier.model import Classifier
from tests.fuzz import test_backups, test_files, test_open311, test_pictures, test_texts
from tests.fuzz.running import refusal_allowed
from tests.make import FOLDER, NOW
from tests.rooms.people.authenticator import Key

# The package gives the command of the same name, not its module.
bounds = importlib.import_module("anlan.cli.situation.bounds")
Read = Callable[[bytes], object]
CELLS = {
    "id": "1", "what": "灯", "more": "", "where": "3", "kind": "lamp", "x": "120", "y": "29.7",
    "from": "2026-01-02 03:04", "to": "",
}  # fmt: skip
MAPPING = read_mapping(test_files.dump(test_files.MAPPING), "mapping.yaml")


@dataclass(frozen=True)
class Target:
    """A reader; seeds: good input; also: what it may raise besides errors that rooms declare."""

    read: Read
    seeds: Sequence[bytes]
    also: tuple[type[Exception], ...] = ()

    def run(self, data: bytes) -> None:
        """Feed it once."""
        with refusal_allowed(*self.also):
            self.read(data)


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def with_file(read: Callable[[Path], object], name: str) -> Read:
    """Make a reader of bytes from one of a file."""

    def run(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            read(path)

    return run


def read_rows(file_format: str) -> Read:
    def run(data: bytes) -> None:
        text = data.decode(find_encoding(data, "rows"))
        for record in read_records(split_lines(text), file_format):
            with refusal_allowed():
                if not record.problem:
                    MAPPING.read_row(record.values)

    return run


def read_matters(path: Path) -> None:
    file = catalogue._read(path)
    rows = file.get("matters")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            whole = {"source": "s", "confidence": 0.5} | row
            catalogue._check_codes("f", [catalogue._matter("T", "f", number, whole)])


def read_deadlines(path: Path) -> None:
    for code, row in catalogue._read(path).items():
        profile = catalogue._profile("T", "f", code, row, NOW.date())
        catalogue._check("f", profile, exclude=["jurisdiction"])


def read_place_files(data: bytes) -> None:
    """The four files of a jurisdiction, in one text with a line `====` between them."""
    parts = [*data.split(b"\n====\n"), b"", b"", b""]
    names = ("jurisdiction.yaml", "departments.yaml", "places.csv", "shapes.geojson")
    with tempfile.TemporaryDirectory() as folder:
        for name, part in zip(names, parts, strict=False):
            (Path(folder) / name).write_bytes(part)
        read_folder(Path(folder))


def read_photo(data: bytes) -> None:
    kept = pictures.clean(data=data, name="x")
    assert find_dimensions(kept.data, kept.media_type) == (kept.width, kept.height)
    assert b"synthetic" not in kept.data


def read_head(data: bytes) -> None:
    media_type = find_media_type(data[:12])
    found = find_dimensions(data, media_type) if media_type else None
    assert found is None or min(found) >= 0


def read_query(data: bytes) -> None:
    query = QueryDict(data.decode("latin-1"))
    for read in (
        lambda: open311.read_wanted(query, at=NOW), lambda: open311.read_degrees(query, "lat"),
        lambda: open311.read_line(query, "status", 100),
    ):  # fmt: skip
        with refusal_allowed():
            read()


class Requests(RequestFactory):
    """Makes requests as the server does."""

    def request(self, **given: Any) -> Any:
        return Request(self._base_environ(**given))  # type: ignore[attr-defined]


def read_form(data: bytes) -> None:
    """A body sent to Open311, its content type in the first line."""
    kind, _, body = data.partition(b"\n")
    from anlan.api.problems import find_problem

    request = Requests().generic(
        "POST", "/open311/v2/requests.json", body, content_type=kind.decode("latin-1")
    )
    try:
        assert request.POST is not None
        assert request.FILES is not None
    except Exception as wrong:
        if find_problem(wrong).status >= 500:  # what `net` would answer
            raise


def read_body(data: bytes) -> None:
    request: Any = RequestFactory().generic("POST", "/api/v1/signals", data)
    body = StrictParser().parse_body(request)
    for model in (SignalIn, MoveIn):
        with contextlib.suppress(ValidationError):
            model.model_validate(body)


def read_tar(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.age"
        path.write_bytes(test_backups.pyrage.encrypt(data, [test_backups._identity.to_public()]))
        with archive.reading(path, test_backups._identity, key_file=Path("k")) as members:
            list(members)


def read_note(data: bytes) -> None:
    backup.read_shelved(text_of(data))


def read_manifest(data: bytes) -> None:
    found = backup.read_manifest(data)
    assert backup.read_manifest(found.to_json()).to_json() == found.to_json()


def read_checkpoint(data: bytes) -> None:
    found = ledger.read_checkpoint(text_of(data))
    if ledger.verifier_of(test_texts._key).has_signed(found):
        assert test_texts.CHECKPOINT.startswith(found.text)


def read_proof(data: bytes) -> None:
    found = ledger.read_proof(text_of(data))
    assert found.is_valid() in (True, False)


_KEY = Key()
_CHALLENGE = bytes(32)
_ASKED = json.dumps({"challenge": "A" * 43})
REGISTERED, SIGNED = _KEY.register(_ASKED), _KEY.sign(_ASKED)
_READ = json.loads(REGISTERED)


def read_attestation(data: bytes) -> None:
    """What a device says of a new passkey; all around it is right."""
    response = _READ["response"] | {"attestationObject": base64_of(data)}
    passkeys._verify_registration(json.dumps(_READ | {"response": response}), _CHALLENGE)


def base64_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_registration(data: bytes) -> None:
    passkeys._verify_registration(text_of(data), _CHALLENGE)


def read_assertion(data: bytes) -> None:
    passkeys._verify_answer(passkeys._read(text_of(data)), _PUBLIC, _CHALLENGE)


def _attested() -> tuple[bytes, bytes]:
    held = _READ["response"]["attestationObject"]
    verified = passkeys._verify_registration(REGISTERED, _CHALLENGE)
    return base64.urlsafe_b64decode(held + "=="), verified.credential_public_key


ATTESTATION, _PUBLIC = _attested()


def read_series(data: bytes) -> None:
    """Two CSV files, of points and of series, with a line `====` between them."""
    points, _, series = data.partition(b"\n====\n")
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "points.csv", Path(folder) / "series.csv"
        for path, part in zip(paths, (points, series), strict=True):
            path.write_bytes(part)
        list(bounds._read_series(*paths))


def read_events(path: Path) -> None:
    for row in looking._read(path, ("x", "day")):
        looking._number(path, row, "x")
        looking._day(path, row, "day")


def read_classifier(data: bytes) -> None:
    model = Classifier.from_bytes(data)
    assert len(model.labels) == model._weights.shape[1]


def _classifier() -> bytes:
    model = Classifier(min_texts=1)
    model.fit(
        ["路灯坏了", "路灯不亮", "楼上太吵", "半夜吵闹"] * 3, ["LAMP", "LAMP", "NOISE", "NOISE"] * 3
    )
    return model.to_bytes()


def read_counts(data: bytes) -> None:
    Counts.from_json(text_of(data))


def read_short(data: bytes) -> None:
    """Texts of a line: codes, words, addresses, subjects."""
    text = text_of(data)
    with refusal_allowed():
        assert codes.read_tracking_code(text) in (None, codes.normalise(text)[: codes.CODE_LENGTH])
    assert all(len(pair) == 2 for pair in pairs_of(read_words(text)))
    with contextlib.suppress(ValueError):  # no address at all; the resolver gives addresses only
        assert may_reach(text) in (True, False)
    assert is_callback_url(text) in (True, False)
    assert "\n" not in one_line(text)
    for read in (ledger.read_verifier, backup.read_instant):
        with refusal_allowed():
            read(text)


def _yaml(tree: Any) -> bytes:
    return yaml.safe_dump(tree, allow_unicode=True).encode()


def _ring() -> bytes:
    key = {"number": 1, "state": "SEALING", "secret": "00" * 32, "made_at": NOW.isoformat(),
           "superseded_at": None}  # fmt: skip
    return json.dumps({"keys": [key]}).encode()


def _proof() -> bytes:
    proof = ledger.InclusionProof(
        entry_id=1, body="{}", leaf_index=0, size=1, root=ledger.leaf_hash("{}"), hashes=(),
        checkpoint=test_texts.CHECKPOINT,
    )  # fmt: skip
    return proof.to_json().encode()


def _cards() -> bytes:
    path = Path(str(run_cards.__file__)).parents[2] / "jurisdictions/cn-zhejiang/runcards.yaml"
    file = yaml.safe_load(path.read_text(encoding="utf-8"))
    return _yaml(file | {"cards": file["cards"][:3]})


def _shelved() -> bytes:
    held = test_backups._manifest
    note = backup.Shelved(
        name=held.name, kind=held.kind, made_at=NOW, ended_at=NOW, size_bytes=1, entries=3,
        anlan="0.1.0", log=held.log, verified_at=NOW,
    )  # fmt: skip
    return note.to_json().encode()


_PLACES = b"\n====\n".join(
    (FOLDER / name).read_bytes()
    for name in ("jurisdiction.yaml", "departments.yaml", "places.csv", "shapes.geojson")
)
_SERIES = (
    b"series,t,observed,epoch,population\na,1,3,17000,1\na,2,NA,17007,1\n====\n"
    b"series,freq,epochAsDate\na,52,TRUE\n"
)
_FORMS = [
    kind.encode() + b"\n" + body
    for kind in test_open311.TYPES
    for body in (test_open311.FORM, test_open311.PARTS)
]
_SHORT = [b"7KQF9-2MX4T-8PQZK", "路灯 坏了".encode(), b"https://110.example:8443/x?y=1",
          b"fe80::1%eth0", test_texts.VERIFIER.encode(), b"2026-11-27T09:30:00+08:00"]  # fmt: skip

TARGETS: dict[str, Target] = {
    "rows_csv": Target(read_rows("csv"), [test_files.ROWS.encode(), test_files.ROWS.encode("gb18030")]),
    "rows_jsonl": Target(read_rows("jsonl"), [test_files.LINES.encode()]),
    "packed_rows": Target(
        with_file(importing._read_data, "rows.gz"), [gzip.compress(test_files.ROWS.encode())]
    ),
    "mapping": Target(
        lambda data: read_mapping(text_of(data), "m").read_row(CELLS),
        [test_files.dump(test_files.MAPPING).encode()],
    ),
    "procedure": Target(
        lambda data: procedure.parse(text_of(data)).to_mermaid(), [_yaml(test_files.PROCEDURE)]
    ),
    "matters": Target(with_file(read_matters, "matters.yaml"), [_yaml(test_files._matters)]),
    "deadlines": Target(with_file(read_deadlines, "deadlines.yaml"), [_yaml(test_files.DEADLINES)]),
    "run_cards": Target(with_file(run_cards._read, "runcards.yaml"), [_cards()]),
    "jurisdiction": Target(read_place_files, [_PLACES]),
    "photo": Target(read_photo, test_pictures.SEEDS),
    "photo_head": Target(read_head, test_pictures.SEEDS),
    "open311_query": Target(read_query, [b"status=open&start_date=2026-03-01T00:00:00Z&lat=1&page=2"]),
    "open311_form": Target(read_form, _FORMS),
    "api_body": Target(
        read_body,
        [b'{"text": "x", "lon": 120.01, "lat": 29.7, "photos": []}', b'{"move": "accept"}'],
        (ValueError, RecursionError),  # what the framework answers as BODY_MALFORMED, see the test
    ),
    "manifest": Target(read_manifest, [test_backups._manifest.to_json()]),
    "open_note": Target(
        read_note, [_shelved()], (ValueError, KeyError, TypeError)
    ),
    "archive": Target(read_tar, [test_backups.TAR]),
    "checkpoint": Target(read_checkpoint, [test_texts.CHECKPOINT.encode()]),
    "proof": Target(read_proof, [_proof()]),
    "key_ring": Target(with_file(keyring._read, "secret.key.ring"), [_ring()]),
    "attestation": Target(read_attestation, [ATTESTATION], (PasskeyRefused,)),
    "registration": Target(read_registration, [REGISTERED.encode()]),
    "assertion": Target(read_assertion, [SIGNED.encode()], (ValueError, TypeError)),
    "series": Target(read_series, [_SERIES], (click.ClickException,)),
    "series_settings": Target(
        with_file(lambda path: bounds._read_settings(path, "ears"), "s.json"),
        [b'{"ears": [{"method": "C1", "alpha": 0.001}]}'], (click.ClickException,),
    ),
    "events": Target(
        with_file(read_events, "events.csv"), [b"x,day\n1.5,2026-01-02\n"], (click.ClickException,)
    ),
    "classifier": Target(read_classifier, [_classifier()], (ValueError,)),
    "counts": Target(read_counts, [Counts().to_json().encode()], (ValueError,)),
    "short_texts": Target(read_short, _SHORT),
}  # fmt: skip
