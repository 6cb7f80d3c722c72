"""Rules of documents: what may be handed in, how large, and where its bytes lie.

A picture is judged in three steps, cheapest first: its first bytes tell the type (the name
and the sender's content type are not believed), its header tells the dimensions, and only a
picture that passes both is decoded.
"""

from __future__ import annotations

from enum import StrEnum

from anlan.kernel.errors import Invalid, NotFound, Unavailable

FILE_LIMIT_BYTES = 10 * 1024 * 1024
PICTURE_LIMIT_PIXELS = 50_000_000
PICTURE_LIMIT_SIDE = 20_000
THUMBNAIL_SIDE_PIXELS = 480
NAME_MAX_CHARACTERS = 120


class WrongFileType(Invalid):
    """“{name}” is not a photo we can keep. Send a JPEG, PNG or WebP picture."""


class FileEmpty(Invalid):
    """“{name}” is empty."""


class FileTooLarge(Invalid):
    """“{name}” is larger than {limit_mb} MB. Send a smaller picture."""

    status = 413


class PictureTooLarge(Invalid):
    """“{name}” has {width} × {height} pixels; at most {limit_megapixels} million can be kept."""


class PictureBroken(Invalid):
    """“{name}” cannot be read: the picture is damaged or cut off. Send it again."""


class PictureMoves(Invalid):
    """“{name}” is an animation. Send a still picture."""


class PhotoNotYours(Invalid):
    """There is no photo {photo} that you have sent and not used yet."""


class DocumentUnknown(NotFound):
    """There is no document {document_id}."""


class FileLost(NotFound):
    """The file of document {document_id} is missing from the store. Restore it from a backup."""

    status = 500


class FontMissing(Unavailable):
    """No Chinese font was found, so no PDF can be made. Install one (Debian: apt install fonts-noto-cjk) and try again."""


class PrintingFailed(Unavailable):
    """The PDF could not be made: {reason}"""


class MediaType(StrEnum):
    """The picture types that are taken in and given out."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


SUFFIXES = {MediaType.JPEG: ".jpg", MediaType.PNG: ".png", MediaType.WEBP: ".webp"}


def find_media_type(head: bytes) -> MediaType | None:
    """Find the type that a file's first 12 bytes speak of; None for anything else.

    >>> find_media_type(bytes.fromhex("89504e470d0a1a0a0000000d"))
    <MediaType.PNG: 'image/png'>
    >>> find_media_type(b"GIF89a......")
    """
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    return None


def check_dimensions(*, name: str, width: int, height: int) -> None:
    """Refuse a picture that would take too much memory to decode. Raises PictureTooLarge."""
    if (
        width * height > PICTURE_LIMIT_PIXELS
        or max(width, height) > PICTURE_LIMIT_SIDE
        or min(width, height) < 1
    ):
        raise PictureTooLarge(
            name=name,
            width=width,
            height=height,
            limit_megapixels=PICTURE_LIMIT_PIXELS // 1_000_000,
        )


def thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """Give the size of the small picture: the same shape, never larger, never without area.

    >>> thumbnail_size(4000, 3000), thumbnail_size(100, 50), thumbnail_size(10_000, 1)
    ((480, 360), (100, 50), (480, 1))
    """
    share = min(1.0, THUMBNAIL_SIDE_PIXELS / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def find_dimensions(data: bytes, media_type: MediaType) -> tuple[int, int] | None:
    """Read width and height (stored, not yet turned upright) from a picture's header.

    Nothing is decoded or decompressed. None when the header makes no sense.
    """
    match media_type:
        case MediaType.PNG:
            if data[12:16] == b"IHDR" and len(data) >= 24:
                return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
            return None
        case MediaType.JPEG:
            return _jpeg_dimensions(data)
        case MediaType.WEBP:
            return _webp_dimensions(data)


def _jpeg_dimensions(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp_dimensions(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30:
        return None
    match data[12:16]:
        case b"VP8X":
            return (
                int.from_bytes(data[24:27], "little") + 1,
                int.from_bytes(data[27:30], "little") + 1,
            )
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return (
                int.from_bytes(data[26:28], "little") & 0x3FFF,
                int.from_bytes(data[28:30], "little") & 0x3FFF,
            )
        case _:
            return None


def plain_name(name: str, media_type: MediaType) -> str:
    """Bring a sender's file name to something safe to show and to offer for download.

    Folders, control and invisible characters go; the suffix is that of the true type.

    >>> plain_name("C:\\\\fotos\\\\路灯.exe", MediaType.JPEG)
    '路灯.jpg'
    >>> plain_name("../../\\u202e", MediaType.PNG)
    'photo.png'
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last[1:] else last
    stem = "".join(c for c in stem if c.isprintable() and c not in '"<>|:*?').strip(". ")
    return (stem[:NAME_MAX_CHARACTERS] or "photo") + SUFFIXES[media_type]


def file_path(sha256: str) -> str:
    """Give where a file lies below the store's folder; two levels, so that no folder grows huge.

    >>> file_path("ab12" + "0" * 60)[:10]
    'ab/12/ab12'
    """
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
