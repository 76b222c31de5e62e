"""Tests of generation: specs, naming, templates, reports."""
