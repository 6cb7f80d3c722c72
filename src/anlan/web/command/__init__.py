"""Pages of those who command, and the board that everybody may look at."""
