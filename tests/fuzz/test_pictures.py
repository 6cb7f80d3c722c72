"""Photos: whatever the bytes, a clean picture comes out, or a refusal that says why."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import strategies as st
from PIL import Image

from anlan.documents import pictures
from anlan.documents.rules import find_dimensions, find_media_type
from tests.fuzz.making import bitten
from tests.fuzz.running import fuzz, refusal_allowed


def make(form: str, mode: str = "RGB") -> bytes:
    """Make a small picture with metadata in it."""
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "synthetic"
    picture = Image.linear_gradient("L").resize((23, 17)).convert(mode)
    picture.save(buffer, form, exif=exif)
    return buffer.getvalue()


SEEDS = [
    make("JPEG"), make("JPEG", "CMYK"), make("PNG"), make("PNG", "P"), make("PNG", "I;16"),
    make("PNG", "LA"), make("WEBP"), make("WEBP", "RGBA"),
]  # fmt: skip
pictures_like = st.sampled_from(SEEDS).flatmap(bitten)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of metadata cut off
@fuzz(data=pictures_like | st.binary(max_size=200), name=st.text(max_size=30))
def test_photos(data: bytes, name: str) -> None:
    with refusal_allowed():
        kept = pictures.clean(data=data, name=name)
        assert find_dimensions(kept.data, kept.media_type) == (kept.width, kept.height)
        assert b"synthetic" not in kept.data
        with Image.open(BytesIO(kept.thumbnail)) as small:
            small.load()


@fuzz(data=pictures_like | st.builds(bytes.__add__, st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBPVP8X", b"RIFF....WEBPVP8L", b"RIFF....WEBPVP8 "]), st.binary(max_size=60)))  # fmt: skip
def test_heads_of_photos(data: bytes) -> None:
    media_type = find_media_type(data[:12])
    if media_type is not None:
        found = find_dimensions(data, media_type)
        assert found is None or min(found) >= 0


def test_the_photos_are_good_before_they_are_bitten() -> None:
    for data in SEEDS:
        assert pictures.clean(data=data, name="x").width in (17, 23)
