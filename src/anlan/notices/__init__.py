"""Notices: messages out, kept until they are delivered or plainly given up.

Nouns: Notice (one message to one recipient by one channel), channel (in the app, e-mail, chat,
webhook), delivery (a try; its id goes along so that a receiver can tell a repeat).

The scene: the town desk accepts what 110 handed over, and the police desk's system is told so
by a signed webhook. Its server is down for ten minutes; the notice waits, is tried again with
growing pauses, and if nothing helps stands in the list of undelivered ones with the reason.
"""
