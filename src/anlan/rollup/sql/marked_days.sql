-- Cases opened on marked days at a place with all below it, by matter and mark. A day may have several marks.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), days (local dates), marks (texts, one a day).
-- Columns: matter_id, mark (text), opened (cases).
-- Index relied on: rollup_daily_date.
WITH marked AS MATERIALIZED (
    SELECT * FROM unnest(%(days)s::date[], %(marks)s::text[]) AS one (date, mark)
), span AS (
    SELECT min(date) AS first_date, max(date) AS last_date FROM marked
), figures AS (
    SELECT place_id, matter_id, date, opened FROM rollup_daily, span WHERE date BETWEEN first_date AND last_date
    UNION ALL
    SELECT place_id, matter_id, date, opened FROM rollup_delta, span WHERE date BETWEEN first_date AND last_date
), days AS (
    SELECT figures.matter_id, figures.date, sum(figures.opened) AS opened
    FROM figures JOIN places_place place ON place.id = figures.place_id
    WHERE place.path >= %(path)s::ltree AND place.path < %(path_end)s::ltree
    GROUP BY 1, 2
)
SELECT days.matter_id, marked.mark, sum(days.opened)::bigint AS opened
FROM days JOIN marked ON marked.date = days.date
GROUP BY 1, 2
HAVING sum(days.opened) > 0
