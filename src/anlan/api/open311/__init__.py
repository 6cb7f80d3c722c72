"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): matters as services, cases as requests.

What differs from a city's pothole list, and why: the public list shows no description, no photo
and no exact point (a description may hold personal data, a point may be a home), and no disputes
at all; the sender, known by api_key, sees what he sent. Every request is realtime; the token that
GET /tokens resolves is the reporter's tracking code. Only `media` uploads are taken: an address in
`media_url` is never fetched.
"""
