"""Sending people: who is asked to go, who has signed for it, who is late in signing.

Nouns: dispatch (one responder asked for one case), responder. The scene: a tenancy quarrel is handed over
by 110; in the same second the non-police team, the village cadre and the grid worker each have
it on their phones, and each signs for it.
"""
