"""What stands in a report, which three things it asks to be decided, how it is signed. No Django, clock or I/O."""
