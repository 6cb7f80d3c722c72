"""Positions of people on duty, and what a recommendation may ask of them.

The table is behind the second wall: nobody but the person reads a row, and jobs that delete it. A desk
asks `dispatch_candidate_facts`, which gives a rounded distance and an age, never a place, and only while
the position is fresh and the permission runs. The same function counts dispatches at other cases, also
those that the desk does not see.
"""

import django.db.models.deletion
from django.db import migrations, models

from anlan.kernel.sql import row_policy

FUNCTIONS = """
-- The distance of two points in metres on a plane that touches the earth between them, rounded to 100 m;
-- null where a point is not known. Good to 0.1 % below 100 km.
CREATE FUNCTION dispatch_distance_m(
    lon double precision, lat double precision, to_lon double precision, to_lat double precision
) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (round(sqrt(
        power((to_lon - lon) * 111320 * cos(radians((lat + to_lat) / 2)), 2)
        + power((to_lat - lat) * 110574, 2)
    ) / 100) * 100)::integer;

CREATE FUNCTION dispatch_candidate_facts(
    of_case uuid, persons uuid[], to_lon double precision, to_lat double precision, at timestamptz
) RETURNS TABLE (
    person_id uuid, elsewhere integer, here varchar, position_m integer, seen_minutes integer
) LANGUAGE sql STABLE ROWS 50
SECURITY DEFINER SET search_path = public, pg_catalog AS $$
    SELECT wanted.id,
        (SELECT count(*)::integer FROM dispatch_dispatch AS d
            WHERE d.person_id = wanted.id AND d.ended_at IS NULL AND d.case_id <> of_case),
        (SELECT d.state FROM dispatch_dispatch AS d
            WHERE d.person_id = wanted.id AND d.case_id = of_case
            ORDER BY d.ended_at IS NULL DESC, d.asked_at DESC, d.id DESC LIMIT 1),
        dispatch_distance_m(p.lon, p.lat, to_lon, to_lat),
        floor(extract(epoch FROM at - p.seen_at) / 60)::integer
    FROM unnest(persons) AS wanted (id)
    LEFT JOIN dispatch_position AS p ON p.person_id = wanted.id
        AND p.seen_at >= at - interval '30 minutes' AND p.seen_at <= at + interval '1 minute'
        AND p.ends_at > at
$$;
"""


class Migration(migrations.Migration):
    # A new table, a column with a default of the database's own, new functions.
    expands = True
    dependencies = [
        ("dispatch", "0003_run_cards"),
        ("people", "0004_lentseat"),
        ("config", "0002_row_level_security"),
    ]
    operations = [
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.person",
                    ),
                ),
                ("allowed_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("lon", models.FloatField(null=True)),
                ("lat", models.FloatField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="runcard",
            name="minutes_per_km",
            field=models.FloatField(db_default=4.0),
        ),
        migrations.RunSQL(*row_policy("dispatch_position", "person_id = (SELECT anlan_person())")),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION dispatch_candidate_facts, dispatch_distance_m"),
    ]
