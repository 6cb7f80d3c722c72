"""Places that the tests of this room share."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import anlan

ZHEJIANG = Path(anlan.__file__).parent / "jurisdictions" / "cn-zhejiang"


@pytest.fixture(autouse=True)
def _fresh_gazetteer() -> Iterator[None]:
    """A rolled-back test must not leave its places in the memory of the next."""
    # Not at the top: pytest reads this file before Django is set up
    from anlan.places import queries

    queries.forget_gazetteer()
    yield
    queries.forget_gazetteer()


@pytest.fixture
def zhejiang() -> Path:
    """The folder of the whole province."""
    return ZHEJIANG


@pytest.fixture
def zhuji(tmp_path: Path) -> Path:
    """A folder like the province's with two of its counties only, to be quick."""
    for name in ("jurisdiction.yaml", "departments.yaml"):
        shutil.copy(ZHEJIANG / name, tmp_path / name)
    lines = gzip.decompress((ZHEJIANG / "places.csv.gz").read_bytes()).decode().splitlines()
    wanted = ("code,", "33,", "3306,", "330681", "330683")
    kept = [line for line in lines if line.startswith(wanted)]
    (tmp_path / "places.csv.gz").write_bytes(gzip.compress("\n".join(kept).encode()))
    return tmp_path
