"""The field's face, for a phone in one hand: today's list, a case, a report on the spot."""
