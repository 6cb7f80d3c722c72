-- Purpose: an empty table of this transaction that shapes are copied into.
-- Parameters: none.
-- Columns: wkb is an outline in WGS-84; lon, lat a point inside it.
-- Index relied on: none.
CREATE TEMPORARY TABLE IF NOT EXISTS places_incoming_shape (
    code text NOT NULL,
    wkb bytea NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    is_generated boolean NOT NULL,
    source text NOT NULL
) ON COMMIT DROP;
TRUNCATE places_incoming_shape;
