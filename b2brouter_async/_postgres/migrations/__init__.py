"""The tables, by version: each file here is one step from the version before it."""
