"""The roof: what an installation is made of and how its parts are put together.

Nouns: environment variable (`env`), setting, secret key, bundled database (`database`), process,
address of a page (`urls`), wiring (who reacts to which event). Everything that depends on the
machine or the installation is decided here and handed down; no room reads the environment.
"""
