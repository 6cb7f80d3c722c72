"""The table of the room. Addresses given by hand are sealed; people's are looked up when sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id
from anlan.notices.rules import WAITING_STATES, Channel


class Notice(models.Model):
    """One message to one recipient by one channel.

    next_try_at: when it is due; while a worker is at it, when its claim runs out.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    client = models.ForeignKey(
        "people.ApiClient", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    address_sealed = models.BinaryField(default=bytes, blank=True)
    channel = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    link = models.TextField(default="", blank=True)
    # A matter's plain code: the tracking link, which is the reporter's secret, is made when sending
    tracking_of = models.CharField(max_length=10, default="", blank=True)
    about_kind = models.TextField()
    about_id = models.TextField()
    # What it follows from, so that a job done again tells nobody twice; empty: never told again.
    cause = models.TextField(default="", blank=True)
    state = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notices_notice_one_recipient",
                condition=(
                    Q(person__isnull=False, client__isnull=True, address_sealed=b"")
                    | Q(person__isnull=True, client__isnull=False, address_sealed=b"")
                    | (Q(person__isnull=True, client__isnull=True) & ~Q(address_sealed=b""))
                ),
            ),
            models.CheckConstraint(
                name="notices_notice_due_while_waiting",
                condition=Q(state__in=WAITING_STATES, next_try_at__isnull=False)
                | (~Q(state__in=WAITING_STATES) & Q(next_try_at__isnull=True)),
            ),
            # Two workers at the same job: the second one fails, and finds everything told.
            models.UniqueConstraint(
                name="notices_notice_told_once",
                fields=["cause", "channel", "person", "client"],
                condition=~Q(cause=""),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                name="notices_notice_due",
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
            ),
            models.Index(
                name="notices_notice_person",
                fields=["person", "-created_at"],
                condition=Q(channel=Channel.IN_APP),
            ),
            models.Index(
                name="notices_notice_unread",
                fields=["person"],
                condition=Q(channel=Channel.IN_APP, read_at__isnull=True),
            ),
            models.Index(name="notices_notice_about", fields=["about_kind", "about_id"]),
        ]

    def __str__(self) -> str:
        return self.subject
