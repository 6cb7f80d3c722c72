"""Signals as received, whatever the channel: the resident's form, the API, Open311, a file, 110.

Nouns: signal (what somebody reported, unchanged for ever), contact (who may be told, sealed),
import run (a file taken in, resumable). The scene: a resident sees a dark street lamp and says
so in thirty seconds; nothing is judged here, nothing is lost here.
"""
