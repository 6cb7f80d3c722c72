-- Sums of some months twice: for the places right below one and for itself, each with all below it, over all matters;
-- and for each matter, over all places. A few hundred rows, where places by matters would be thousands.
-- Where the month is kept by the roll-up at these places or below, it is read from there; else from the days.
-- Deltas are added, so the answer equals a recount at this moment.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), is_kept (months are kept no higher
--   than the places right below), firsts, untils (local dates by month: its first day, and the next month's).
-- Columns: month_date (its first day), place_code (null: all places together), matter_code (null: all matters together), opened,
--   closed, reopened, closed_late (cases), close_minutes (sum over closed), accepted (cases), accept_minutes (sum over
--   accepted), satisfied, unsatisfied.
-- Index relied on: rollup_monthly_once, rollup_daily_date, the unique path of places_place.
WITH months AS (
    SELECT * FROM unnest(%(firsts)s::date[], %(untils)s::date[]) AS month (first_date, until_date)
), places AS MATERIALIZED (
    SELECT id, subltree(path, 0, least(nlevel(path), nlevel(%(path)s::ltree) + 1)) AS part
    FROM places_place WHERE path >= %(path)s::ltree AND path < %(path_end)s::ltree
), figures AS (
    SELECT first_date, area_id AS place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_monthly JOIN months ON month_date = first_date WHERE %(is_kept)s
    UNION ALL
    SELECT first_date, place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_daily JOIN months ON date >= first_date AND date < until_date WHERE NOT %(is_kept)s
    UNION ALL
    SELECT first_date, place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_delta JOIN months ON date >= first_date AND date < until_date
)
SELECT first_date AS month_date, subpath(places.part, -1)::text AS place_code, matter.code AS matter_code, sum(opened), sum(closed),
    sum(reopened), sum(closed_late), sum(close_minutes), sum(accepted), sum(accept_minutes),
    sum(satisfied), sum(unsatisfied)
FROM figures
JOIN places ON places.id = figures.place_id
JOIN cases_matter matter ON matter.id = figures.matter_id
GROUP BY GROUPING SETS ((first_date, places.part), (first_date, matter.code))
HAVING (sum(opened), sum(closed), sum(reopened), sum(satisfied), sum(unsatisfied)) <> (0, 0, 0, 0, 0)
