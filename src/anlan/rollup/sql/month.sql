-- Figures of a month for a place and everything below it, by the child place named and matter.
-- Folded figures and deltas are added, so the answer equals a recount at this moment.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), first_date, until_date
--   (local dates, until exclusive).
-- Columns: place_code, matter_code, opened, closed, reopened, closed_late (cases), close_minutes
--   (sum over closed), accepted (cases), accept_minutes (sum over accepted), satisfied, unsatisfied.
-- Index relied on: rollup_daily_date, the unique path of places_place.
WITH places AS (
    SELECT id, code FROM places_place
    WHERE path >= %(path)s::ltree AND path < %(path_end)s::ltree
), figures AS (
    SELECT place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_daily WHERE date >= %(first_date)s AND date < %(until_date)s
    UNION ALL
    SELECT place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_delta WHERE date >= %(first_date)s AND date < %(until_date)s
)
SELECT places.code AS place_code, matter.code AS matter_code, sum(opened), sum(closed),
    sum(reopened), sum(closed_late), sum(close_minutes), sum(accepted), sum(accept_minutes),
    sum(satisfied), sum(unsatisfied)
FROM figures
JOIN places ON places.id = figures.place_id
JOIN cases_matter matter ON matter.id = figures.matter_id
GROUP BY places.code, matter.code
HAVING (sum(opened), sum(closed), sum(reopened), sum(satisfied), sum(unsatisfied))
    <> (0, 0, 0, 0, 0)
ORDER BY places.code, matter.code
