"""Tags for templates of the pages."""
