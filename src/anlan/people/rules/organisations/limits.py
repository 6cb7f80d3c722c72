"""How long things last, and how much is read."""

from datetime import timedelta

REQUEST_LASTS = timedelta(minutes=10)
OFFER_LASTS = timedelta(minutes=5)
KNOWN_FOR = timedelta(hours=1)
"""How long what an organisation publishes about itself is used without asking again."""

KEYS_AGAIN_AFTER = timedelta(seconds=30)
"""An unknown key has the keys fetched anew, but not more often than so."""

SUBJECT_CHARACTERS = 255
