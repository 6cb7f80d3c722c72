-- The same figures counted afresh from cases and ratings: what the roll-up must equal.
-- A case merged into another is counted with that one.
-- Parameters and columns: as month.sql, without times.
WITH places AS (
    SELECT id, code FROM places_place
    WHERE path >= %(path)s::ltree AND path < %(path_end)s::ltree
), figures AS (
    SELECT place_id, matter_id, 1 AS opened, 0 AS closed, reopen_count AS reopened,
        0 AS satisfied, 0 AS unsatisfied
    FROM cases_case WHERE merged_into_id IS NULL AND opened_date >= %(first_date)s AND opened_date < %(until_date)s
    UNION ALL
    SELECT place_id, matter_id, 0, 1, 0, 0, 0
    FROM cases_case WHERE merged_into_id IS NULL AND closed_date >= %(first_date)s AND closed_date < %(until_date)s
    UNION ALL
    SELECT c.place_id, c.matter_id, 0, 0, 0, r.is_satisfied::int, (NOT r.is_satisfied)::int
    FROM ratings_rating r JOIN cases_case c ON c.id = r.case_id
    WHERE r.rated_date >= %(first_date)s AND r.rated_date < %(until_date)s
)
SELECT places.code AS place_code, matter.code AS matter_code, sum(opened), sum(closed),
    sum(reopened), sum(satisfied), sum(unsatisfied)
FROM figures
JOIN places ON places.id = figures.place_id
JOIN cases_matter matter ON matter.id = figures.matter_id
GROUP BY places.code, matter.code
ORDER BY places.code, matter.code
