"""Tests of models and codecs."""
