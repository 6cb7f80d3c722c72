import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.notices.rules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, primary_key=True, serialize=False
                    ),
                ),
                ("address_sealed", models.BinaryField(blank=True, default=bytes)),
                ("channel", models.TextField()),
                ("subject", models.TextField()),
                ("body", models.TextField()),
                ("link", models.TextField(blank=True, default="")),
                ("about_kind", models.TextField()),
                ("about_id", models.TextField()),
                ("state", models.TextField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.apiclient",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at"],
                        name="notices_notice_due",
                    ),
                    models.Index(
                        condition=models.Q(("channel", anlan.notices.rules.Channel["IN_APP"])),
                        fields=["person", "-created_at"],
                        name="notices_notice_person",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("channel", anlan.notices.rules.Channel["IN_APP"]),
                            ("read_at__isnull", True),
                        ),
                        fields=["person"],
                        name="notices_notice_unread",
                    ),
                    models.Index(fields=["about_kind", "about_id"], name="notices_notice_about"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("address_sealed", b""),
                                ("client__isnull", True),
                                ("person__isnull", False),
                            ),
                            models.Q(
                                ("address_sealed", b""),
                                ("client__isnull", False),
                                ("person__isnull", True),
                            ),
                            models.Q(
                                ("client__isnull", True),
                                ("person__isnull", True),
                                models.Q(("address_sealed", b""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="notices_notice_one_recipient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("next_try_at__isnull", False),
                                (
                                    "state__in",
                                    (
                                        anlan.notices.rules.State["PENDING"],
                                        anlan.notices.rules.State["FAILED"],
                                    ),
                                ),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "state__in",
                                        (
                                            anlan.notices.rules.State["PENDING"],
                                            anlan.notices.rules.State["FAILED"],
                                        ),
                                    ),
                                    _negated=True,
                                ),
                                ("next_try_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="notices_notice_due_while_waiting",
                    ),
                ],
            },
        ),
    ]
