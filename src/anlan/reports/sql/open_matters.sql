-- Open cases by matter and every reported place that they lie in, and how many of them are late.
-- Parameters: as late_units.sql, without zone.
-- Columns: path (text), matter_id, open (cases), late (cases).
-- Index relied on: cases_case on due_at.
WITH summed AS (
    SELECT subltree(place_path, 0, least(nlevel(place_path), %(labels)s)) AS path, matter_id, count(*) AS open,
        count(*) FILTER (WHERE due_at <= %(at)s AND (paused_at IS NULL OR due_at <= paused_at)) AS late
    FROM cases_case
    WHERE due_at IS NOT NULL AND merged_into_id IS NULL
        AND place_path >= %(path)s::ltree AND place_path < %(path_end)s::ltree
    GROUP BY 1, 2
)
SELECT subltree(path, 0, label)::text AS path, matter_id, sum(open)::int AS open, sum(late)::int AS late
FROM summed CROSS JOIN LATERAL generate_series(1, nlevel(path)) AS label
WHERE label >= nlevel(%(path)s::ltree)
GROUP BY 1, 2
ORDER BY 1, 2
