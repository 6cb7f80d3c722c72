"""Looks at what a case says about persons: at what, and on which ground.

What the reporter is told: role and office, day and time, what, why. Not the name: the instance
knows the person by the ledger entry, and answers for him.
"""

from __future__ import annotations

from enum import StrEnum


class Looked(StrEnum):
    """What was looked at."""

    CASE = "CASE"
    PHOTO = "PHOTO"
    CONTACT = "CONTACT"
    EXPORT = "EXPORT"


LOOKED_LABELS: dict[Looked, dict[str, str]] = {
    Looked.CASE: {"zh": "上报内容", "en": "the report"},
    Looked.PHOTO: {"zh": "照片原图", "en": "a photo in full"},
    Looked.CONTACT: {"zh": "联系方式", "en": "the contact"},
    Looked.EXPORT: {"zh": "导出的数据", "en": "an export of the data"},
}


class Ground(StrEnum):
    """Why somebody might look."""

    SENT = "SENT"
    HANDLING = "HANDLING"
    IN_CHARGE = "IN_CHARGE"
    SYSTEM = "SYSTEM"
    EMERGENCY = "EMERGENCY"


GROUND_LABELS: dict[Ground, dict[str, str]] = {
    Ground.SENT: {"zh": "受派处置此事", "en": "was sent to deal with it"},
    Ground.HANDLING: {"zh": "所在单位经办此事", "en": "the office handles it"},
    Ground.IN_CHARGE: {"zh": "负责该区域", "en": "is in charge of the place"},
    Ground.SYSTEM: {"zh": "系统对接", "en": "a connected system"},
    Ground.EMERGENCY: {
        "zh": "紧急查看，经两人批准",
        "en": "emergency access, confirmed by a second person",
    },
}
