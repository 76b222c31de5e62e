"""Tests of generation: documents, naming, templates, reports."""
