"""Tables of signals, their sealed contacts, and runs of file imports."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from anlan.intake.rules import Channel, RunState
from anlan.kernel.ids import new_id


class Signal(models.Model):
    """What was reported, as it was reported. `code` is the matter's code when it opened one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=10)
    channel = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Channel])
    text = models.TextField()
    stated_matter = models.CharField(max_length=64, blank=True, default="")
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    place_text = models.CharField(max_length=300, blank=True, default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    received_at = models.DateTimeField()
    sender = models.CharField(max_length=64, blank=True, default="")
    """Whose idempotency keys these are: "client:<id>", "person:<id>", "web" or "import"."""
    idempotency_key = models.CharField(max_length=100, null=True)
    body_digest = models.CharField(max_length=64)
    external_ref = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="intake_signal_code_once"),
            models.UniqueConstraint(
                fields=["sender", "idempotency_key"], name="intake_signal_key_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["external_ref"],
                name="intake_signal_external_ref",
                condition=~models.Q(external_ref=""),
            ),
        ]


class Contact(models.Model):
    """Who may be told about a signal: name, telephone, e-mail, sealed together.

    Purpose: to ask back and to report back. Erased when the retention has run out.
    """

    signal = models.OneToOneField(
        Signal, primary_key=True, on_delete=models.CASCADE, db_constraint=False
    )
    sealed = models.BinaryField(null=True)
    erase_after_date = models.DateField(db_index=True)
    erased_at = models.DateTimeField(null=True)


class ImportRun(models.Model):
    """One file taken in under one mapping; `rows_done` is where a broken run goes on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64)
    mapping_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in RunState])
    rows_done = models.BigIntegerField(default=0)
    signals_taken = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file_digest", "mapping_digest"],
                name="intake_importrun_file_once",
            ),
        ]


class ImportReject(models.Model):
    """A row that could not be taken, kept until it has been written to the reject file."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    row_number = models.BigIntegerField()
    code = models.CharField(max_length=64)
    problem = models.TextField()
    line = models.TextField()
