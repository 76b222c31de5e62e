"""The ways in: over HTTP, in this process, faults, and the delivery of web hooks."""
