"""People: accounts, what they are responsible for, and how they prove who they are.

Nouns: Person (an account), Duty (person × role × place × department × period), Shift
(when a duty is stood), SignIn (one browser that has signed in), ApiClient (a machine
account of a partner system, such as the 110 transfer desk).

The scene: the town desk opens at 08:30, signs in, and sees its town and nothing else,
because the duties valid on that local day become the seats of its actor. Rooms above
receive that frozen actor and never read persons themselves.
"""
