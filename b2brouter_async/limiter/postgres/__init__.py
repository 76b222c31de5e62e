"""The limit kept in PostgreSQL."""
