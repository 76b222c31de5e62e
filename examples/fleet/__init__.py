"""Documents of an outbox, delivered by queues that a team has already."""
