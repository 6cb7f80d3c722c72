-- Cases opened a week, by place of some levels (each with all below it) and matter.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), levels (codes of levels),
--   first_date, until_date (local dates, Mondays, until exclusive).
-- Columns: place_id, matter_id, week_date (its Monday), opened (cases).
-- Index relied on: rollup_daily_date, places_place_path_gist.
WITH figures AS (
    SELECT place_id, matter_id, date, opened
    FROM rollup_daily WHERE date >= %(first_date)s AND date < %(until_date)s
    UNION ALL
    SELECT place_id, matter_id, date, opened
    FROM rollup_delta WHERE date >= %(first_date)s AND date < %(until_date)s
), weeks AS (
    SELECT place_id, matter_id, date - (extract(isodow FROM date)::int - 1) AS week_date,
        sum(opened) AS opened
    FROM figures
    GROUP BY 1, 2, 3
)
SELECT area.id AS place_id, weeks.matter_id, weeks.week_date, sum(weeks.opened)::bigint AS opened
FROM weeks
JOIN places_place place ON place.id = weeks.place_id
JOIN places_place area ON area.path @> place.path AND area.level = ANY (%(levels)s)
WHERE place.path >= %(path)s::ltree AND place.path < %(path_end)s::ltree
GROUP BY 1, 2, 3
HAVING sum(weeks.opened) > 0
ORDER BY 1, 2, 3
