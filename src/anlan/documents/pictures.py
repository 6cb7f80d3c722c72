"""Turns what was sent into what is kept: the pixels, upright, and nothing else.

1. size and first bytes; 2. dimensions from the header, before anything is decoded;
3. decode, turn as the EXIF orientation says, convert to a plain mode, encode afresh.
Metadata (EXIF with its GPS, XMP, IPTC, comments, PNG text, colour profile, embedded previews)
and whatever was hidden behind the picture never reach the new file, because only pixels are
carried over. A wide-gamut photo loses a little saturation with its profile; that is the price.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image, ImageOps

from anlan.documents import rules

# Dimensions are checked here, before Pillow sees a byte, and more strictly; Pillow's own check
# would only warn between one and two times its limit.
Image.MAX_IMAGE_PIXELS = None

FORMATS = {
    rules.MediaType.JPEG: "JPEG",
    rules.MediaType.PNG: "PNG",
    rules.MediaType.WEBP: "WEBP",
}
SAVE_OPTIONS: dict[rules.MediaType, dict[str, int | bool]] = {
    rules.MediaType.JPEG: {"quality": 87, "optimize": True},
    rules.MediaType.PNG: {"compress_level": 6},
    rules.MediaType.WEBP: {"quality": 87, "method": 2},
}
UNREADABLE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture ready to be kept."""

    media_type: rules.MediaType
    data: bytes
    thumbnail: bytes
    width: int
    height: int


def prepare() -> None:
    """Load the readers of the three formats; afterwards no file need be opened."""
    Image.preinit()
    for media_type, format_name in FORMATS.items():
        out = BytesIO()
        Image.new("RGB", (1, 1)).save(out, format=format_name)
        clean(data=out.getvalue(), name=media_type)


def check(*, data: bytes, name: str) -> tuple[rules.MediaType, tuple[int, int]]:
    """Check what can be told without decoding; give type and dimensions.

    Raises FileEmpty, FileTooLarge, WrongFileType, PictureTooLarge, PictureBroken.
    """
    if not data:
        raise rules.FileEmpty(name=name)
    if len(data) > rules.FILE_LIMIT_BYTES:
        raise rules.FileTooLarge(name=name, limit_mb=rules.FILE_LIMIT_BYTES // 1024**2)
    media_type = rules.find_media_type(data[:12])
    if media_type is None:
        raise rules.WrongFileType(name=name)
    dimensions = rules.find_dimensions(data, media_type)
    if dimensions is None:
        raise rules.PictureBroken(name=name)
    rules.check_dimensions(name=name, width=dimensions[0], height=dimensions[1])
    return media_type, dimensions


def clean(*, data: bytes, name: str) -> Picture:
    """Check a sent file and give the picture to keep. Decodes here: for the sandbox's child.

    Raises FileEmpty, FileTooLarge, WrongFileType, PictureTooLarge, PictureMoves, PictureBroken.
    """
    media_type, dimensions = check(data=data, name=name)
    try:
        upright = _decode(data, media_type, dimensions, name)
    except UNREADABLE as wrong:
        raise rules.PictureBroken(name=name) from wrong
    small = upright.resize(
        rules.thumbnail_size(upright.width, upright.height),
        Image.Resampling.LANCZOS,
        reducing_gap=3.0,
    )
    return Picture(
        media_type=media_type,
        data=_encode(upright, media_type),
        thumbnail=_encode(small, media_type),
        width=upright.width,
        height=upright.height,
    )


def _decode(
    data: bytes, media_type: rules.MediaType, dimensions: tuple[int, int], name: str
) -> Image.Image:
    with Image.open(BytesIO(data), formats=[FORMATS[media_type]]) as opened:
        if opened.size != dimensions:
            raise rules.PictureBroken(name=name)
        # Phones put several pictures into one JPEG (previews, depth); the first is the photo.
        if media_type is not rules.MediaType.JPEG and getattr(opened, "is_animated", False):
            raise rules.PictureMoves(name=name)
        opened.load()
        upright = _plain_mode(_turn_upright(opened), media_type)
    upright.info = {}
    return upright


def _turn_upright(picture: Image.Image) -> Image.Image:
    try:
        if picture.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            # Pillow would make a copy, which is 200 MB for the largest.
            return picture
        return ImageOps.exif_transpose(picture)
    except UNREADABLE:
        # Damaged metadata is no reason to refuse a good photo: it is thrown away anyhow.
        return picture


def _plain_mode(picture: Image.Image, media_type: rules.MediaType) -> Image.Image:
    if picture.mode in {"L", "RGB"} and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I") or picture.mode == "F":
        # 16-bit grey: scaled, because a plain conversion would clip everything to white.
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if media_type is rules.MediaType.JPEG or picture.mode == "CMYK":
        return picture.convert("RGB")
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA")


def _encode(picture: Image.Image, media_type: rules.MediaType) -> bytes:
    out = BytesIO()
    picture.save(out, format=FORMATS[media_type], **SAVE_OPTIONS[media_type])
    return out.getvalue()
