"""When a case is given another matter or place, its ratings are counted there, too."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION rollup_ratings_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Nearly every update leaves matter and place alone: look before joining ratings.
    IF EXISTS (
        SELECT 1 FROM new_rows n JOIN old_rows o USING (id)
        WHERE (n.place_id, n.matter_id) <> (o.place_id, o.matter_id)
    ) THEN
        INSERT INTO rollup_delta (place_id, matter_id, date, satisfied, unsatisfied)
        SELECT c.place_id, c.matter_id, r.rated_date,
            sum(CASE WHEN r.is_satisfied THEN c.sign ELSE 0 END),
            sum(CASE WHEN r.is_satisfied THEN 0 ELSE c.sign END)
        FROM (
            SELECT n.id, n.place_id, n.matter_id, 1 AS sign FROM new_rows n
            UNION ALL
            SELECT o.id, o.place_id, o.matter_id, -1 FROM old_rows o
        ) AS c
        JOIN ratings_rating r ON r.case_id = c.id
        GROUP BY c.place_id, c.matter_id, r.rated_date
        HAVING (sum(CASE WHEN r.is_satisfied THEN c.sign ELSE 0 END),
            sum(CASE WHEN r.is_satisfied THEN 0 ELSE c.sign END)) <> (0, 0);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_ratings_follow AFTER UPDATE ON cases_case
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rollup_ratings_follow();
"""


class Migration(migrations.Migration):
    dependencies = [("rollup", "0002_triggers")]

    operations = [
        migrations.RunSQL(
            FOLLOW,
            "DROP TRIGGER rollup_ratings_follow ON cases_case;"
            "DROP FUNCTION rollup_ratings_follow();",
        )
    ]
