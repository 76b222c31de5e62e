"""What answers a request: checks, keys, limits, and the handler of the operation."""
