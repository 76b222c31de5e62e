"""The record of an upload: what was sent, and what became of it."""
