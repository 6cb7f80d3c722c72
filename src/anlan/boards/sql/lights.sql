-- Open matters of a place by child place and deadline.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), depth (labels of a child's path),
--   at (UTC).
-- Columns: child_path (ltree text; the place's own path for what lies in none), open, late, soon, paused.
-- Index relied on: cases_case_open_place.
SELECT subpath(place_path, 0, least(nlevel(place_path), %(depth)s))::text AS child_path,
    count(*) AS open,
    count(*) FILTER (WHERE due_at <= coalesce(paused_at, %(at)s)) AS late,
    count(*) FILTER (
        WHERE paused_at IS NULL AND due_at > %(at)s AND amber_at <= %(at)s
    ) AS soon,
    count(*) FILTER (WHERE paused_at IS NOT NULL AND due_at > paused_at) AS paused
FROM cases_case
WHERE due_at IS NOT NULL
    AND place_path >= %(path)s::ltree AND place_path < %(path_end)s::ltree
GROUP BY 1
