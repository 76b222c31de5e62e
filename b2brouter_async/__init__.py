"""Async Python SDK for the B2Brouter e-invoicing API."""
