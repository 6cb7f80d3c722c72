"""Register, months, returns, comparison with peers, traffic lights. No Django, clock or I/O."""
