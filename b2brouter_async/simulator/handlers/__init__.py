"""What each operation of the API does: plain functions of the request and the state, a table of them per file."""
