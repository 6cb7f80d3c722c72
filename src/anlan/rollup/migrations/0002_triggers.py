"""Statement triggers that write a delta with each change of cases and ratings.

A case's contribution: one opened at its place, matter and opening date; one closed (late or not, after
so many minutes) at its closing date; its reopenings at the opening date. An update writes the
new contribution minus the old one; rows that net to nothing are left out. Being in the database,
the triggers see every writer, COPY included, and commit or roll back with it.
"""

from django.db import migrations

CONTRIBUTION = """
CREATE FUNCTION rollup_contribution(c cases_case, sign integer)
RETURNS TABLE (
    place_id bigint, matter_id bigint, date date, opened bigint, closed bigint, reopened bigint,
    closed_late bigint, close_minutes bigint, accepted bigint, accept_minutes bigint
) LANGUAGE sql IMMUTABLE AS $$
    SELECT c.place_id, c.matter_id, c.opened_date, sign, 0, sign * c.reopen_count, 0, 0,
        CASE WHEN c.accepted_at IS NULL THEN 0 ELSE sign END,
        CASE WHEN c.accepted_at IS NULL THEN 0
             ELSE sign * floor(extract(epoch FROM c.accepted_at - c.opened_at) / 60)::bigint END
    UNION ALL
    SELECT c.place_id, c.matter_id, c.closed_date, 0, sign, 0,
        CASE WHEN c.closed_at > c.close_due_at THEN sign ELSE 0 END,
        sign * floor(extract(epoch FROM c.closed_at - c.opened_at) / 60)::bigint, 0, 0
    WHERE c.closed_at IS NOT NULL
$$
"""

INSERT_DELTA = """
    INSERT INTO rollup_delta (
        place_id, matter_id, date, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes
    )
    SELECT place_id, matter_id, date, sum(opened), sum(closed), sum(reopened), sum(closed_late),
        sum(close_minutes), sum(accepted), sum(accept_minutes)
    FROM ({rows}) AS contribution
    GROUP BY place_id, matter_id, date
    HAVING (sum(opened), sum(closed), sum(reopened), sum(closed_late), sum(close_minutes),
        sum(accepted), sum(accept_minutes)) <> (0, 0, 0, 0, 0, 0, 0);
"""

NEW = "SELECT d.* FROM new_rows n CROSS JOIN LATERAL rollup_contribution(n, 1) AS d"
OLD = "SELECT d.* FROM old_rows o CROSS JOIN LATERAL rollup_contribution(o, -1) AS d"


def trigger(when: str, rows: str, referencing: str) -> str:
    """Write the function and the statement trigger for one kind of change of cases."""
    return f"""
CREATE FUNCTION rollup_cases_{when}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{INSERT_DELTA.format(rows=rows)}
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_cases_{when} AFTER {when.upper()} ON cases_case
    REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION rollup_cases_{when}();
"""


RATINGS = """
CREATE FUNCTION rollup_ratings_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rollup_delta (place_id, matter_id, date, satisfied, unsatisfied)
    SELECT c.place_id, c.matter_id, n.rated_date,
        count(*) FILTER (WHERE n.is_satisfied), count(*) FILTER (WHERE NOT n.is_satisfied)
    FROM new_rows n JOIN cases_case c ON c.id = n.case_id
    GROUP BY c.place_id, c.matter_id, n.rated_date;
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_ratings_insert AFTER INSERT ON ratings_rating
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION rollup_ratings_insert();
"""

DROP = """
DROP TRIGGER rollup_cases_{when} ON cases_case;
DROP FUNCTION rollup_cases_{when}();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rollup", "0001_initial"),
        ("cases", "0001_initial"),
        ("ratings", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            CONTRIBUTION, "DROP FUNCTION rollup_contribution(cases_case, integer)"
        ),
        migrations.RunSQL(
            trigger("insert", NEW, "NEW TABLE AS new_rows"), DROP.format(when="insert")
        ),
        migrations.RunSQL(
            trigger(
                "update", f"{NEW} UNION ALL {OLD}",
                "NEW TABLE AS new_rows OLD TABLE AS old_rows",
            ),
            DROP.format(when="update"),
        ),
        migrations.RunSQL(
            trigger("delete", OLD, "OLD TABLE AS old_rows"), DROP.format(when="delete")
        ),
        migrations.RunSQL(
            RATINGS,
            "DROP TRIGGER rollup_ratings_insert ON ratings_rating;"
            "DROP FUNCTION rollup_ratings_insert();",
        ),
    ]  # fmt: skip
