"""The search index: words of a case's reports, found by pairs of characters within segments.

How it works and why: docs/algorithms/search.md. The table is read and written through two functions
that run as its owner: row-level security lets nobody else see a row of it, and an index on an operator
that is not leakproof works all the same. They give case numbers and ids only; what an actor may see
of those is decided by `visible_to` (and by the policies of `cases_case`) as everywhere.
"""

from django.db import migrations, models

import anlan.places.models

TOKENS = """
CREATE FUNCTION cases_search_tokens(number bigint, place_path ltree, words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg((number >> 14)::text || token)
    FROM (
        SELECT ':' || one || next AS token
        FROM unnest(
            string_to_array(lower(words), NULL), (string_to_array(lower(words), NULL))[2:]
        ) AS pair (one, next)
        WHERE next IS NOT NULL
        UNION ALL
        SELECT '@' || label FROM unnest(string_to_array(place_path::text, '.')) AS label
    ) AS tokens
$$;
"""

INDEX = """
CREATE INDEX cases_searchrow_tokens ON cases_searchrow
    USING gin (cases_search_tokens(number, place_path, words));
-- Nothing is planned by statistics of the tokens; gathering them would take minutes.
ALTER INDEX cases_searchrow_tokens ALTER COLUMN 1 SET STATISTICS 0;
ALTER TABLE cases_searchrow ENABLE ROW LEVEL SECURITY;
"""

FUNCTIONS = """
-- Take the words of these cases' reports into the index, anew where they were in it.
CREATE FUNCTION cases_search_take(case_ids uuid[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_catalog AS $$
    INSERT INTO cases_searchrow (case_id, place_path, words)
    SELECT c.id, c.place_path, string_agg(s.text, E'\\n' ORDER BY k.joined_at, s.id)
    FROM unnest(case_ids) WITH ORDINALITY AS wanted (id, place_in_line)
    JOIN cases_case AS c ON c.id = wanted.id
    JOIN cases_casesignal AS k ON k.case_id = c.id
    JOIN intake_signal AS s ON s.id = k.signal_id
    GROUP BY c.id, c.place_path, wanted.place_in_line
    HAVING string_agg(s.text, '') <> ''
    ORDER BY wanted.place_in_line
    ON CONFLICT (case_id) DO UPDATE SET words = excluded.words, place_path = excluded.place_path
$$;

-- Find cases whose words hold all `patterns` (LIKE) and so all `pairs`, newest number first: at most
-- `at_most` with numbers below `before` (null: from the end). `places`: labels of places, one of which
-- is the case's or lies above it; null: all places. Looks into one segment, then two, four, … until
-- it has enough.
CREATE FUNCTION cases_search_find(
    pairs text[], patterns text[], places text[], before bigint, at_most integer
) RETURNS TABLE (number bigint, case_id uuid) LANGUAGE plpgsql STABLE ROWS 100
SECURITY DEFINER SET search_path = public, pg_catalog SET plan_cache_mode = force_custom_plan
SET jit = off SET enable_seqscan = off AS $$
DECLARE
    below bigint := coalesce(before, (SELECT max(r.number) + 1 FROM cases_searchrow AS r), 1);
    high bigint := (below - 1) >> 14;
    low bigint;
    span integer := 1;
    found_now integer;
    missing integer := at_most;
BEGIN
    LOOP
        low := greatest(high - span + 1, 0);
        RETURN QUERY
        SELECT DISTINCT found.number, found.case_id
        FROM generate_series(low, high) AS segment
        CROSS JOIN unnest(coalesce(places, ARRAY[NULL])) AS place
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT segment::text || ':' || pair FROM unnest(pairs) AS pair)
                || CASE WHEN place IS NOT NULL THEN ARRAY[segment::text || '@' || place] END AS tokens
        ) AS wanted
        CROSS JOIN LATERAL (
            SELECT r.number, r.case_id FROM cases_searchrow AS r
            WHERE cases_search_tokens(r.number, r.place_path, r.words) @> wanted.tokens
                AND r.number < below AND lower(r.words) LIKE ALL (patterns)
        ) AS found
        ORDER BY found.number DESC LIMIT missing;
        GET DIAGNOSTICS found_now = ROW_COUNT;
        missing := missing - found_now;
        EXIT WHEN missing <= 0 OR low = 0;
        high := low - 1;
        span := span * 2;
    END LOOP;
END $$;
"""

TAKE_ALL = """
SELECT cases_search_take(ARRAY(SELECT id FROM cases_case ORDER BY opened_at, id));
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_initial"), ("intake", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                ("place_path", anlan.places.models.LtreeField()),
                ("words", models.TextField()),
            ],
        ),
        migrations.RunSQL(TOKENS, "DROP FUNCTION cases_search_tokens"),
        migrations.RunSQL(INDEX, "DROP INDEX cases_searchrow_tokens"),
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION cases_search_take; DROP FUNCTION cases_search_find",
        ),
        migrations.RunSQL(TAKE_ALL, migrations.RunSQL.noop),
    ]
