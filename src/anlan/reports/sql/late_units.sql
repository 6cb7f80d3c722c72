-- Cases past their term, by unit and every reported place that they lie in.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), labels (how many the lowest wanted place's path has),
--   at (timestamptz), zone (IANA name).
-- Columns: path (text), unit_id, late (cases), oldest_date (local date on which the oldest was due).
-- Index relied on: cases_case on due_at.
WITH late AS (
    SELECT place_path, unit_id, due_at FROM cases_case
    WHERE due_at <= %(at)s AND merged_into_id IS NULL AND (paused_at IS NULL OR due_at <= paused_at)
        AND place_path >= %(path)s::ltree AND place_path < %(path_end)s::ltree
), summed AS (
    SELECT subltree(place_path, 0, least(nlevel(place_path), %(labels)s)) AS path, unit_id, count(*) AS late,
        min(due_at) AS oldest_at
    FROM late GROUP BY 1, 2
)
SELECT subltree(path, 0, label)::text AS path, unit_id, sum(late)::int AS late,
    (min(oldest_at) AT TIME ZONE %(zone)s)::date AS oldest_date
FROM summed CROSS JOIN LATERAL generate_series(1, nlevel(path)) AS label
WHERE label >= nlevel(%(path)s::ltree)
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
