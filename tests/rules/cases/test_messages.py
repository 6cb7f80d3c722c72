"""What a reporter may write to the unit."""

from __future__ import annotations

import pytest

from anlan.cases import rules
from anlan.cases.rules import MESSAGE_LIMIT, read_message


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", rules.MessageMissing),
        (" \n ", rules.MessageMissing),
        ("长" * (MESSAGE_LIMIT + 1), rules.MessageTooLong),
        ("灯\0灭", rules.MessageUnreadable),
        ("灯\x1b[2J", rules.MessageUnreadable),
        ("灯\ud800", rules.MessageUnreadable),
    ],
)
def test_what_cannot_be_kept_is_refused(typed: str, wrong: type[Exception]) -> None:
    with pytest.raises(wrong):
        read_message(typed)


def test_lines_stay_lines() -> None:
    assert read_message(" 一\r\n二 ") == "一\n二"
    assert len(read_message("长" * MESSAGE_LIMIT)) == MESSAGE_LIMIT


def test_photos_go_with_words_to_the_reporter_and_no_further() -> None:
    moves = rules.case_procedure(1).moves
    assert set(moves) > rules.SHOWN_WITH_PHOTOS > rules.TOLD_WITH_PHOTOS
    for code in rules.TOLD_WITH_PHOTOS:
        assert "note" in moves[code].needs
        assert code == rules.HEAR or moves[code].tells_reporter
    for code in rules.SHOWN_WITH_PHOTOS - rules.TOLD_WITH_PHOTOS:
        assert not moves[code].tells_reporter


def test_a_message_is_possible_until_the_matter_is_closed() -> None:
    move = rules.case_procedure(1).moves[rules.HEAR]
    assert move.is_automatic
    assert not move.tells_reporter  # else it would be told to others who reported the same
    assert {"RECEIVED", "HANDLING", "VERIFIED"} <= move.sources
    assert not move.sources & {"CLOSED", "MERGED", "DECLINED", "OFFLINE"}
