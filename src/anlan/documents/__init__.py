"""Documents: pictures that people attach, kept without anything that tells on them.

Nouns: Document (a kept picture: what it is called, how big, who handed it in), file (its bytes,
named by their SHA-256 under ANLAN_HOME/files).

The scene: a resident photographs a broken lamp. The phone wrote place, time, device and owner
into the file; what is kept are the pixels, turned upright, and nothing else. Who may see a
document is decided by the room it is attached to; this room only keeps and opens.
"""
