"""The resident's face: report in half a minute, follow by a code, say whether it was done.

No account and no script is needed for any of it; scripts add the map, the suggestions while
typing and smaller photos. Whoever shows a tracking code is the reporter.
"""
