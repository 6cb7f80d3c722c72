"""What a file's first bytes tell, before anything is decoded."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from anlan.documents import rules
from anlan.documents.rules import MediaType


@pytest.mark.parametrize(
    ("format_name", "options", "media_type"),
    [
        ("JPEG", {}, MediaType.JPEG),
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + b"x" * 60_000}, MediaType.JPEG),
        ("PNG", {}, MediaType.PNG),
        ("WEBP", {}, MediaType.WEBP),
        ("WEBP", {"lossless": True}, MediaType.WEBP),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}, MediaType.WEBP),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 7000)])
def test_type_and_dimensions_are_read_from_the_header(
    format_name: str, options: dict[str, object], media_type: MediaType, size: tuple[int, int]
) -> None:
    out = BytesIO()
    Image.new("RGB", size).save(out, format_name, **options)
    data = out.getvalue()
    assert rules.find_media_type(data[:12]) is media_type
    assert rules.find_dimensions(data, media_type) == size


@given(st.binary(max_size=200), st.sampled_from(MediaType))
def test_no_header_makes_the_reader_stumble(data: bytes, media_type: MediaType) -> None:
    found = rules.find_dimensions(data, media_type)
    assert found is None or (found[0] >= 0 and found[1] >= 0)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GIF89a",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"<svg xmlns",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"BM" + b"\0" * 20,
    ],
)
def test_other_types_are_not_photos(head: bytes) -> None:
    assert rules.find_media_type(head) is None


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (10_000, 5_000, True),
        (10_001, 5_000, False),
        (20_000, 1, True),
        (20_001, 1, False),
        (0, 5, False),
    ],
)
def test_the_largest_picture(width: int, height: int, fits: bool) -> None:
    if fits:
        rules.check_dimensions(name="x", width=width, height=height)
    else:
        with pytest.raises(rules.PictureTooLarge):
            rules.check_dimensions(name="x", width=width, height=height)


@given(st.text())
def test_any_sent_name_becomes_a_safe_one(name: str) -> None:
    plain = rules.plain_name(name, MediaType.JPEG)
    assert plain.endswith(".jpg")
    assert len(plain) <= rules.NAME_MAX_CHARACTERS + 4
    assert not set(plain) & set('/\\\0\n\r"<>')
    assert plain.isprintable()
    assert not plain.startswith(".")
