-- Figures of a place by child place: of today, and of the seven days up to today for the times taken.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), depth (labels of a child's path),
--   today (local date).
-- Columns: child_path (ltree text), opened, closed (today), accepted_week (cases), accept_minutes (sum),
--   closed_week (cases), close_minutes (sum).
-- Index relied on: rollup_daily_date, the unique path of places_place.
WITH figures AS (
    SELECT place_id, date, opened, closed, accepted, accept_minutes, close_minutes
    FROM rollup_daily WHERE date > %(today)s::date - 7 AND date <= %(today)s::date
    UNION ALL
    SELECT place_id, date, opened, closed, accepted, accept_minutes, close_minutes
    FROM rollup_delta WHERE date > %(today)s::date - 7 AND date <= %(today)s::date
), sums AS (
    SELECT place_id,
        sum(opened) FILTER (WHERE date = %(today)s::date) AS opened,
        sum(closed) FILTER (WHERE date = %(today)s::date) AS closed,
        sum(accepted) AS accepted_week, sum(accept_minutes) AS accept_minutes,
        sum(closed) AS closed_week, sum(close_minutes) AS close_minutes
    FROM figures
    GROUP BY place_id
)
SELECT subpath(place.path, 0, least(nlevel(place.path), %(depth)s))::text AS child_path,
    coalesce(sum(opened), 0)::bigint, coalesce(sum(closed), 0)::bigint,
    coalesce(sum(accepted_week), 0)::bigint, coalesce(sum(accept_minutes), 0)::bigint,
    coalesce(sum(closed_week), 0)::bigint, coalesce(sum(close_minutes), 0)::bigint
FROM sums
JOIN places_place place ON place.id = sums.place_id
WHERE place.path >= %(path)s::ltree AND place.path < %(path_end)s::ltree
GROUP BY 1
