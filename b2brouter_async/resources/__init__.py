"""Resources with what the spec can't know."""
