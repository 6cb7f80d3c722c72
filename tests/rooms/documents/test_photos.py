"""Photos in: what is refused and why, what is kept, where it lies."""

import errno
import os
import struct
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from anlan.documents import actions, pictures, queries, rules, store
from anlan.documents.models import Document
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.ledger.models import LedgerEntry

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECRET = b"30.1234N 120.5678E Huawei-of-Zhang-San"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> Path:
    settings.ANLAN_HOME = tmp_path
    return tmp_path / "files"


def draw(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Draw a picture whose left half is dark, so that turning it shows."""
    picture = Image.new("RGB", size, "white")
    picture.paste("black", (0, 0, size[0] // 2, size[1]))
    return picture.convert(mode)


def encode(picture: Image.Image, format_name: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = SECRET.decode()
    tags[ExifTags.Base.Artist] = SECRET.decode()
    gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (30.0, 7.0, 24.0)
    return tags.tobytes()


def keep(data: bytes, name: str = "路灯.jpg") -> Document:
    return actions.keep_photo(actor=REPORTER, file=data, name=name, at=NOW)


def kept_bytes(document: Document) -> bytes:
    with queries.open_document(document) as file:
        return file.read()


def thumbnail_bytes(document: Document) -> bytes:
    with queries.open_thumbnail(document) as file:
        return file.read()


def text_chunks() -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Author", SECRET.decode())
    chunks.add_text("Comment", SECRET.decode() * 50, zip=True)
    chunks.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET.decode()}</x:xmpmeta>")
    return chunks


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """Put a chunk behind a PNG's header."""
    chunk = len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
    return png[:33] + chunk + png[33:]


def with_riff_chunk(webp: bytes, kind: bytes, data: bytes) -> bytes:
    """Put a chunk at the end of a WebP, counted in its header."""
    padded = data + b"\0" * (len(data) % 2)
    body = webp[8:] + kind + len(data).to_bytes(4, "little") + padded
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def with_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """Put a segment of an application behind a JPEG's first marker."""
    return jpeg[:2] + bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data + jpeg[2:]


@pytest.mark.parametrize(
    "data",
    [
        encode(draw(), exif=exif(), xmp=SECRET, comment=SECRET, icc_profile=SECRET),
        encode(draw(), exif=exif()) + b"PK\x03\x04" + SECRET,
        encode(draw(mode="L"), exif=exif()),
        encode(draw(), "PNG", pnginfo=text_chunks(), exif=exif(), icc_profile=SECRET),
        encode(draw(mode="P"), "PNG", pnginfo=text_chunks(), transparency=0),
        encode(draw(), "PNG") + SECRET,
        encode(draw(), "WEBP", exif=exif(), xmp=SECRET, icc_profile=SECRET),
        encode(draw(), "WEBP") + SECRET,
        with_chunk(encode(draw(), "PNG"), b"prVt", SECRET),
        with_riff_chunk(encode(draw(), "WEBP", exif=exif()), b"HIDE", SECRET),
        with_segment(encode(draw()), 0xED, b"Photoshop 3.0\0" + SECRET),
        with_segment(encode(draw()), 0xEF, SECRET),
    ],
    ids=[
        "jpeg",
        "jpeg+zip",
        "grey",
        "png",
        "palette",
        "png+tail",
        "webp",
        "webp+tail",
        "png+private",
        "webp+unknown",
        "jpeg+iptc",
        "jpeg+app15",
    ],
)
def test_only_pixels_are_kept(data: bytes) -> None:
    document = keep(data)
    for kept in (kept_bytes(document), thumbnail_bytes(document)):
        assert SECRET not in kept
        for marker in (
            b"Exif",
            b"http://ns.adobe.com",
            b"ICC_PROFILE",
            b"tEXt",
            b"zTXt",
            b"iTXt",
            b"iCCP",
            b"eXIf",
            b"VP8X",
            b"PK\x03\x04",
        ):
            assert marker not in kept
        with Image.open(BytesIO(kept)) as picture:
            assert not picture.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
            assert not getattr(picture, "text", {})


def test_the_picture_itself_stays_what_it_was() -> None:
    document = keep(encode(draw(), "PNG", exif=exif()), name="../灯.png")
    with Image.open(BytesIO(kept_bytes(document))) as kept:
        assert kept.tobytes() == draw().tobytes()
    assert (document.media_type, document.width, document.height) == ("image/png", 640, 480)
    assert document.name == "灯.png"
    assert document.size_bytes == len(kept_bytes(document))
    assert document.kept_by is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_turned_upright(orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    as_the_sensor_saw_it = draw()
    if orientation in undo:
        as_the_sensor_saw_it = as_the_sensor_saw_it.transpose(undo[orientation])
    document = keep(encode(as_the_sensor_saw_it, exif=exif(orientation)))
    assert (document.width, document.height) == (640, 480)
    with Image.open(BytesIO(kept_bytes(document))) as kept:
        left, right = kept.getpixel((100, 240)), kept.getpixel((540, 240))
        assert max(left) < 30
        assert min(right) > 225


def test_damaged_exif_does_not_cost_the_photo() -> None:
    assert keep(encode(draw(), exif=b"Exif\0\0garbage" * 20)).width == 640


@pytest.mark.parametrize(
    ("mode", "format_name"),
    [("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"),
     ("CMYK", "JPEG"), ("L", "JPEG"), ("RGBA", "WEBP")],
)  # fmt: skip
def test_every_colour_mode_keeps_dark_dark_and_light_light(mode: str, format_name: str) -> None:
    picture = (
        draw(mode="L").point(lambda v: v * 257, "I").convert("I;16")
        if mode == "I;16"
        else draw(mode=mode)
    )
    document = keep(encode(picture, format_name))
    with Image.open(BytesIO(kept_bytes(document))) as kept:
        grey = kept.convert("RGB").convert("L")
        assert grey.getpixel((100, 240)) < 10
        assert grey.getpixel((540, 240)) > 245


def test_the_thumbnail_is_small_and_never_larger_than_the_picture() -> None:
    with Image.open(BytesIO(thumbnail_bytes(keep(encode(draw((4000, 3000))))))) as small:
        assert small.size == (480, 360)
    with Image.open(BytesIO(thumbnail_bytes(keep(encode(draw((100, 50))))))) as small:
        assert small.size == (100, 50)
    with Image.open(BytesIO(thumbnail_bytes(keep(encode(draw((10_000, 1))))))) as small:
        assert small.size == (480, 1)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that unpacks to width × height black pixels."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(width // 8 + 1) * 100) for _ in range(height // 100))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", body + packer.flush())
        + chunk(b"IEND", b"")
    )


def refuse(data: bytes, error: type[rules.Invalid]) -> rules.Invalid:
    with pytest.raises(error) as refused:
        keep(data, name="照片.jpg")
    assert not Document.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not list(store.folder().glob("??/??/*"))
    assert "照片.jpg" in refused.value.message
    return refused.value


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    data = bomb(19_000, 19_000)
    assert len(data) < 200_000
    tracemalloc.start()
    try:
        refused = refuse(data, rules.PictureTooLarge)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
    assert refused.data["width"] == 19_000


def test_a_text_bomb_inside_a_png_is_refused() -> None:
    whole = encode(draw((10, 10)), "PNG")
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))
    refuse(whole[:33] + text + whole[33:], rules.PictureBroken)


def test_a_header_that_lies_is_refused() -> None:
    whole = encode(draw((2000, 2000)), "PNG")
    lying = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    # Two headers: what was checked must be what is decoded.
    refuse(whole[:8] + lying + whole[8:], rules.PictureBroken)


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7\n" + encode(draw()), b"GIF89a" + b"\0" * 100, b"<svg/>", b"PK\x03\x04" + b"\0" * 50,
     b"<html>" + encode(draw(), "PNG"), b"\0" * 1000, encode(draw(), "BMP"), encode(draw(), "TIFF")],
)  # fmt: skip
def test_other_types_are_refused_whatever_they_are_called(data: bytes) -> None:
    refuse(data, rules.WrongFileType)


def test_animations_are_refused() -> None:
    frames = [draw((50, 50)), draw((50, 50)).rotate(90)]
    for format_name in ("PNG", "WEBP"):
        moving = encode(frames[0], format_name, save_all=True, append_images=frames[1:])
        refuse(moving, rules.PictureMoves)


def test_a_photo_that_carries_more_pictures_keeps_its_first() -> None:
    several = encode(draw((300, 200)), "MPO", save_all=True, append_images=[draw((50, 50))])
    assert keep(several).width == 300


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_cut_off_pictures_are_refused(format_name: str, share: float) -> None:
    noisy = Image.frombytes("RGB", (200, 200), os.urandom(120_000))
    whole = encode(noisy, format_name)
    refuse(whole[: max(12, int(len(whole) * share))], rules.PictureBroken)


def test_size_limits() -> None:
    refuse(b"", rules.FileEmpty)
    padded = encode(draw()) + bytes(rules.FILE_LIMIT_BYTES)
    refused = refuse(padded, rules.FileTooLarge)
    assert refused.status == 413
    with pytest.raises(rules.FileTooLarge):
        actions.keep_photo(actor=SYSTEM, file=BytesIO(padded), name="x.jpg", at=NOW)


def test_equal_pictures_share_one_file_and_the_ledger_names_no_one(files: Path) -> None:
    first, second = keep(encode(draw())), keep(encode(draw(), exif=exif()))
    assert first.sha256 == second.sha256
    assert first.id != second.id
    stored = sorted(files.glob("??/??/*"))
    assert {path.name for path in stored} == {first.sha256, first.thumbnail_sha256}
    assert all(path.stat().st_mode & 0o077 == 0 for path in stored)
    entry = LedgerEntry.objects.get(about_id=str(first.id))
    assert entry.what == "document.kept"
    assert "路灯" not in entry.body
    assert first.sha256 in entry.body


def test_a_full_disk_leaves_nothing_half_written(
    monkeypatch: pytest.MonkeyPatch, files: Path
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("anlan.documents.store.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(encode(draw()))
    assert not list(files.glob("??/??/*"))
    assert not Document.objects.exists()


def test_bytes_are_flushed_before_the_file_gets_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(
        "anlan.documents.store.os.fsync", lambda handle: (order.append("fsync"), fsync(handle))
    )
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (order.append("rename"), replace(self, to))[1]
    )
    store.put_file(b"x")
    assert order == ["fsync", "rename", "fsync", "fsync", "fsync"]


def test_unknown_and_lost_documents_say_so(files: Path) -> None:
    with pytest.raises(rules.DocumentUnknown):
        queries.get_document(uuid4())
    document = keep(encode(draw()))
    (files / rules.file_path(document.sha256)).unlink()
    with pytest.raises(rules.FileLost):
        queries.open_document(document)


def test_sweeping_takes_only_old_files_that_no_document_names(files: Path) -> None:
    erased, staying = keep(encode(draw())), keep(encode(draw((300, 300))))
    shared = keep(encode(draw((300, 300))))
    for document in (erased, shared):
        actions.erase_document(actor=SYSTEM, document_id=document.id, at=NOW)
    left_over = files / "ab" / "cd" / ".new-123"
    left_over.parent.mkdir(parents=True)
    left_over.write_bytes(b"half")
    now = datetime.now(UTC)
    assert actions.sweep_files(at=now) == 0, "younger than a day: perhaps not committed yet"
    assert actions.sweep_files(at=now + timedelta(days=2)) == 3
    assert kept_bytes(staying)
    assert thumbnail_bytes(staying)
    with pytest.raises(rules.DocumentUnknown):
        actions.erase_document(actor=SYSTEM, document_id=erased.id, at=NOW)
    assert LedgerEntry.objects.filter(what="document.erased").count() == 2


def test_a_file_wanted_again_since_it_was_listed_is_spared(files: Path) -> None:
    store.put_file(b"x")
    path = next(files.glob("??/??/*"))
    os.utime(path, (0, 0))
    before = NOW - timedelta(days=300)
    assert list(store.list_files(used_before=before)) == [path]
    store.put_file(b"x")
    assert store.delete_files([path], used_before=before) == 0
    assert path.exists()


def test_pillow_guards_nothing_that_is_not_guarded_here() -> None:
    assert Image.MAX_IMAGE_PIXELS is None
    with pytest.raises(rules.PictureTooLarge):
        pictures.clean(data=bomb(10_001, 5_000), name="x")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif", b"hevc"])
@pytest.mark.parametrize("name", ["photo.heic", "photo.jpg"])
def test_heic_and_its_kin_are_refused_whatever_they_call_themselves(
    brand: bytes, name: str
) -> None:
    data = (24).to_bytes(4) + b"ftyp" + brand + b"\0\0\0\0mif1" + brand + SECRET
    with pytest.raises(rules.WrongFileType) as refused:
        keep(data, name=name)
    assert "JPEG" in refused.value.message
    assert not Document.objects.exists()
