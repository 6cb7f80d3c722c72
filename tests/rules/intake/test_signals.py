"""What a report may contain."""

import math

import pytest

from anlan.intake.rules import (
    CHANNEL_LABELS,
    TEXT_LIMIT,
    Channel,
    ContactDetails,
    ControlCharacters,
    PointMalformed,
    Report,
    TextMissing,
    TextTooLong,
    check_point,
    check_text,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  路灯不亮 \n", "路灯不亮"),
        ("第一行\n第二行\t完", "第一行\n第二行\t完"),
        ("👵🏻家的灯 \u200d 坏了", "👵🏻家的灯 \u200d 坏了"),
        ("字" * TEXT_LIMIT, "字" * TEXT_LIMIT),
        ("𠀀\ue000", "𠀀\ue000"),  # a rare name, a private character
    ],
)
def test_texts_that_are_kept(text: str, kept: str) -> None:
    assert check_text(text) == kept


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000"])
def test_an_empty_text_is_missing(text: str) -> None:
    with pytest.raises(TextMissing):
        check_text(text)


def test_a_text_too_long_says_how_long() -> None:
    with pytest.raises(TextTooLong) as refused:
        check_text("字" * (TEXT_LIMIT + 1))
    assert refused.value.data == {"length": TEXT_LIMIT + 1, "limit": TEXT_LIMIT}


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x9b", "\ud800"])
def test_control_characters_are_refused_with_their_position(character: str) -> None:
    with pytest.raises(ControlCharacters) as refused:
        check_text(f"灯坏{character}了")
    assert refused.value.data == {"position": 2}


@pytest.mark.parametrize("point", [(0.0, 0.0), (-180.0, -90.0), (180.0, 90.0), (120.1, 29.7)])
def test_points_that_are(point: tuple[float, float]) -> None:
    assert check_point(*point) == point
    assert check_point(None, None) is None


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(120.1, None), (None, 29.7), (math.nan, 29.7), (120.1, math.inf), (-math.inf, 0.0),
     (180.1, 0.0), (0.0, -90.1), (29.7, 120.1)],
)  # fmt: skip
def test_points_that_are_none(lon: float | None, lat: float | None) -> None:
    with pytest.raises(PointMalformed):
        check_point(lon, lat)


def test_the_fingerprint_covers_what_was_said_and_nothing_else() -> None:
    report = Report(text="灯", channel=Channel.WEB)
    same = Report(text="灯", channel=Channel.API, sender="client:1", idempotency_key="k")
    assert report.body_digest() == same.body_digest()
    others = [
        Report(text="灯 ", channel=Channel.WEB),
        Report(text="灯", channel=Channel.WEB, lon=120.0, lat=30.0),
        Report(text="灯", channel=Channel.WEB, place_code="33"),
        Report(text="灯", channel=Channel.WEB, stated_matter="STREET_LAMP"),
        Report(text="灯", channel=Channel.WEB, contact=ContactDetails(phone="138")),
        Report(text="灯", channel=Channel.WEB, external_ref="A"),
    ]
    assert len({r.body_digest() for r in [report, *others]}) == 1 + len(others)


def test_every_channel_has_its_two_labels() -> None:
    assert set(CHANNEL_LABELS) == set(Channel)
    assert all(label["zh"] and label["en"] for label in CHANNEL_LABELS.values())
