"""Benchmarks: each module's `run()` gives one dict, whose ratio comes from one run.

`python -m bench [NAME]` prints them as one JSON object a line. A benchmark that needs a database
starts a bundled server of its own in a temporary folder, with fsync on.
"""
