"""The face of one's own account: how one signs in, and where one is signed in."""
