"""The way of a call, from its request to its result."""
