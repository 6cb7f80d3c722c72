-- Purpose: an empty table of this transaction that rows of places are copied into.
-- Parameters: none.
-- Columns: parent_code empty at the top; label is the code as an ltree label; lon, lat WGS-84 degrees.
-- Index relied on: none (read as a whole, once for each level).
CREATE TEMPORARY TABLE IF NOT EXISTS places_incoming (
    code text NOT NULL,
    parent_code text NOT NULL,
    level text NOT NULL,
    depth smallint NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    label text NOT NULL,
    lon double precision,
    lat double precision,
    area_km2 double precision,
    is_generated boolean NOT NULL
) ON COMMIT DROP;
TRUNCATE places_incoming;
