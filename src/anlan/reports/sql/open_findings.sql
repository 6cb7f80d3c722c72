-- What is unusual and waits to be decided, by every reported place that it lies in.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), labels (as late_units.sql), zone (IANA name).
-- Columns: path (text), id (uuid), place_id, matter_id, observed (cases), due_date (local date).
-- Index relied on: situation_finding_place.
SELECT subltree(place_path, 0, label)::text AS path, id, place_id, matter_id, observed,
    (due_at AT TIME ZONE %(zone)s)::date AS due_date
FROM situation_finding
CROSS JOIN LATERAL generate_series(1, least(nlevel(place_path), %(labels)s)) AS label
WHERE state = 'PROPOSED' AND due_at IS NOT NULL
    AND place_path >= %(path)s::ltree AND place_path < %(path_end)s::ltree
    AND label >= nlevel(%(path)s::ltree)
ORDER BY 1, due_at, id
