"""A Flask application that is called by web hooks."""
