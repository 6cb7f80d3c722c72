"""The face for other systems: the HTTP API under /api/v1 and Open311 GeoReport v2 under /open311/v2.

Thin: a call checks its policy and its body, asks one action or query, and writes JSON. What a
call costs is counted in tests. `door` says who comes in, `problems` what goes wrong (RFC 9457),
`wire` what a case looks like outside, `<room>` holds the calls that concern that room.
Reference: docs/reference/api.md.
"""
