"""The ground floor: what every room stands on, without Django.

Nouns: id, clock, error, event, actor, procedure, working day, canonical JSON, sealed bytes.
Nothing here reads a setting or a table; what depends on the instance (the key, the translator,
the way a job is deferred) is handed in once at start by `anlan.config`.
"""
