"""Tables of reports by version, and of who was sent one and has read it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id
from anlan.places.models import LtreeField, ReadByPlace
from anlan.reports.rules.signing import OPEN_STATES, READERS, Kind


class ReportQuerySet(ReadByPlace["Report"]):
    """Reports as far as an actor sees them."""

    readers = READERS


class Report(models.Model):
    """A version of a place's month. Signed, its content never changes; what changes later is a version of its own.

    kind: the two reports, or the analysis paper; each has versions of its own. digest: of the content; ledger_size, ledger_root: the ledger's tree when it was signed. reason, changes: why and in what a later version
    differs from the signed one before it, as `list_changes` of its kind tells it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    month_date = models.DateField()
    kind = models.CharField(max_length=8, default=Kind.TWO, db_default=Kind.TWO)
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="")
    changes = models.JSONField(default=list)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    drafted_at = models.DateTimeField()
    submitted_by = models.UUIDField(null=True)
    submitted_at = models.DateTimeField(null=True)
    signed_by = models.UUIDField(null=True)
    signed_at = models.DateTimeField(null=True)
    ledger_size = models.BigIntegerField(null=True)
    ledger_root = models.CharField(max_length=64, blank=True, default="")

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "place", "month_date", "version"], name="reports_report_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "place", "month_date"], name="reports_report_one_open",
                condition=Q(state__in=OPEN_STATES),
            ),
            models.UniqueConstraint(
                fields=["kind", "place", "month_date"], name="reports_report_one_signed",
                condition=Q(state="SIGNED"),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["place_path", "month_date"], name="reports_report_place")]


class Receipt(models.Model):
    """One reader of a signed report. read_at: when the reader said so; nothing is recorded by looking."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="receipts")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "person"], name="reports_receipt_once")
        ]
