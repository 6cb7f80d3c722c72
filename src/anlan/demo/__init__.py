"""The demo county: made-up reports and the world they happen in. Nothing here is real."""
