"""Whatever is fed to a reader is taken or refused in the room's own words; see docs/reference/fuzzing.md."""
