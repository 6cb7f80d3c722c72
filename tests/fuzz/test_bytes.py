"""Every reader of `targets` with pieces bitten out of good input; what once broke one stays as an example."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz.making import bitten, nested
from tests.fuzz.running import fuzz
from tests.fuzz.targets import TARGETS

BROKE: dict[str, list[bytes]] = {
    "open311_form": [
        b"text/plain; charset*=utf-8''a%00b\na=1", b"text/plain; charset*=none-such''a\na=1",
        b"application/x-www-form-urlencoded; charset*=idna''a\na=1",
        b"text/plain; b*=x; b*2=y\na=1",
        (
            b"multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name*=x; "
            b"name*2=y\r\n\r\nz\r\n--b--\r\n"
        ),
    ],
    "proof": [b"[" * 9000],
    "key_ring": [b"[" * 9000],
    "registration": [b"[" * 9000],
    "assertion": [b"[" * 9000],
    "counts": [b"[" * 9000, b'"x"', b"[]", b'{"counters": 1, "histograms": [], "pool": []}',
               b'{"counters": [], "histograms": [], "pool": [1]}',
               b'{"counters": [["x", [[]], 1]], "histograms": [], "pool": [0, 0, 0]}'],
    "series_settings": [b"[" * 9000],
}  # fmt: skip
"""Target → inputs that made it raise something undeclared, found by hand or by `make fuzz-guided`."""


def inputs(name: str) -> st.SearchStrategy[bytes]:
    seeds = st.sampled_from(list(TARGETS[name].seeds)).flatmap(bitten)
    return seeds | st.binary(max_size=200) | nested.map(str.encode)


def make(name: str) -> Any:
    @fuzz(examples=25, data=inputs(name))
    def test(data: bytes) -> None:
        TARGETS[name].run(data)

    return test


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of metadata cut off
@pytest.mark.parametrize("name", TARGETS)
def test_bytes(name: str, request: pytest.FixtureRequest) -> None:
    for data in [*TARGETS[name].seeds, *BROKE.get(name, ())]:
        TARGETS[name].run(data)
    make(name)(request)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_good_before_they_are_bitten(name: str) -> None:
    target = TARGETS[name]
    if name in ("open311_form", "short_texts", "assertion"):
        pytest.skip("some of these are refused on purpose")
    target.read(target.seeds[0])
