"""Offers that follow each other: who was asked after whom, when the next is asked, what nobody took.

What a recommendation asks of people now tells apart who is under way and who has signed for work that waits.
"""

import django.db.models.deletion
from django.db import migrations, models

from anlan.kernel.sql import row_policy

FACTS = """
DROP FUNCTION dispatch_candidate_facts;
CREATE FUNCTION dispatch_candidate_facts(
    of_case uuid, persons uuid[], to_lon double precision, to_lat double precision, at timestamptz
) RETURNS TABLE (
    person_id uuid, elsewhere integer, here varchar, position_m integer, seen_minutes integer,
    waiting integer
) LANGUAGE sql STABLE ROWS 50
SECURITY DEFINER SET search_path = public, pg_catalog AS $$
    SELECT wanted.id, coalesce(others.under_way, 0),
        (SELECT d.state FROM dispatch_dispatch AS d
            WHERE d.person_id = wanted.id AND d.case_id = of_case
            ORDER BY d.ended_at IS NULL DESC, d.asked_at DESC, d.id DESC LIMIT 1),
        dispatch_distance_m(p.lon, p.lat, to_lon, to_lat),
        floor(extract(epoch FROM at - p.seen_at) / 60)::integer,
        coalesce(others.waiting, 0)
    FROM unnest(persons) AS wanted (id)
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE open.is_under_way)::integer AS under_way,
            count(*) FILTER (WHERE NOT open.is_under_way)::integer AS waiting
        FROM (
            SELECT d.state IN ('ON_THE_WAY', 'ARRIVED')
                OR (d.state = 'SIGNED' AND d.arrive_minutes IS NOT NULL) AS is_under_way
            FROM dispatch_dispatch AS d
            WHERE d.person_id = wanted.id AND d.ended_at IS NULL AND d.case_id <> of_case
        ) AS open
    ) AS others ON true
    LEFT JOIN dispatch_position AS p ON p.person_id = wanted.id
        AND p.seen_at >= at - interval '30 minutes' AND p.seen_at <= at + interval '1 minute'
        AND p.ends_at > at
$$;
"""

RULE = "EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = dispatch_handover.case_id)"


class Migration(migrations.Migration):
    # Columns with a default of the database's own, a new table; the function keeps its columns.
    expands = True
    dependencies = [("dispatch", "0004_positions"), ("cases", "0004_row_level_security")]
    operations = [
        migrations.AddField(
            "dispatch", "rung", models.CharField(db_default="CHOSEN", max_length=8)
        ),
        migrations.AddField(
            "dispatch", "wanted_role", models.CharField(db_default="", max_length=32)
        ),
        migrations.AddField(
            "dispatch", "wanted_department", models.CharField(db_default="", max_length=32)
        ),
        migrations.AddField("dispatch", "card", models.CharField(db_default="", max_length=64)),
        migrations.AddField("dispatch", "ack_minutes", models.PositiveIntegerField(null=True)),
        migrations.AddField("dispatch", "arrive_minutes", models.PositiveIntegerField(null=True)),
        migrations.AddField("dispatch", "on_the_way_at", models.DateTimeField(null=True)),
        migrations.AddField("dispatch", "follow_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "dispatch",
            "follows",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="dispatch.dispatch",
            ),
        ),
        migrations.AddIndex(
            "dispatch",
            models.Index(
                fields=["follow_at"],
                name="dispatch_follow",
                condition=models.Q(follow_at__isnull=False),
            ),
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=32)),
                ("department", models.CharField(blank=True, default="", max_length=32)),
                ("at", models.DateTimeField()),
                ("holders", models.PositiveIntegerField()),
                ("reasons", models.JSONField(default=dict)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "follows",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(*row_policy("dispatch_handover", RULE)),
        # Whom nobody has been told of yet is followed up by the first sweep.
        migrations.RunSQL(
            "UPDATE dispatch_dispatch SET follow_at = due_at"
            " WHERE state = 'OFFERED' AND NOT is_overdue_told",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FACTS, migrations.RunSQL.noop),
    ]
