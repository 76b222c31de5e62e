"""`b2brouter upload`: sources, progress, report."""
