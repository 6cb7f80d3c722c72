-- What each routing rule decided and where it failed, since a day, at some places with all below them.
-- Parameters: paths (array of ltree texts, none below another), since_date (local date of opening).
-- Columns: rule_id, decided, failed (cases).
-- Index relied on: triage_rulecount_date (alone, without its table), places_place_path_gist.
WITH places AS MATERIALIZED (
    SELECT place.id FROM unnest(%(paths)s::ltree[]) AS seat (path)
    JOIN places_place AS place ON place.path <@ seat.path
)
SELECT rule_id, sum(decided)::bigint AS decided, sum(failed)::bigint AS failed
FROM triage_rulecount
JOIN places ON places.id = place_id
WHERE date >= %(since_date)s
GROUP BY rule_id
HAVING (sum(decided), sum(failed)) <> (0, 0)
