-- Signals of some days by hour, for a place and by child place.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), depth (labels of a child's path),
--   starts (array of UTC instants at which the days begin), until (UTC; nothing later is counted).
-- Columns: day (position in `starts`, from 1), hour (0–23 after its start), child_path, opened.
-- Index relied on: cases_case_opened. Two things keep it in use. The ends of the days are worked out before:
--   under row-level security only plain comparisons reach an index. And places are looked at last: a plan that
--   is kept takes any range of places for a small one, and would walk through all there have ever been.
WITH days AS MATERIALIZED (
    SELECT day, start_at, start_at + interval '24 hours' AS end_at
    FROM unnest(%(starts)s::timestamptz[]) WITH ORDINALITY AS given (start_at, day)
), found AS MATERIALIZED (
    SELECT days.day, days.start_at, opened_at, place_path
    FROM days
    JOIN cases_case ON opened_at >= days.start_at AND opened_at < days.end_at
    WHERE opened_at <= %(until)s AND merged_into_id IS NULL
)
SELECT day, least(floor(extract(epoch FROM opened_at - start_at) / 3600), 23)::int AS hour,
    subpath(place_path, 0, least(nlevel(place_path), %(depth)s))::text AS child_path,
    count(*) AS opened
FROM found
WHERE place_path >= %(path)s::ltree AND place_path < %(path_end)s::ltree
GROUP BY 1, 2, 3
