"""The Containerfile without an engine: read by tests, performed in a changed root by hand."""
