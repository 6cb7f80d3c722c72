-- Count cases that nobody owns: without a unit or desk that exists and sits at the case's place or above it.
-- Index relied on: none; a whole read.
SELECT count(*)
FROM cases_case AS c
LEFT JOIN places_unit AS u ON u.id = c.unit_id
LEFT JOIN places_place AS up ON up.id = u.place_id
LEFT JOIN places_unit AS d ON d.id = c.desk_id
LEFT JOIN places_place AS dp ON dp.id = d.place_id
JOIN places_place AS p ON p.id = c.place_id
WHERE up.path IS NULL OR dp.path IS NULL OR NOT up.path @> p.path OR NOT dp.path @> p.path
