"""What the simulated server knows, in memory or on disk."""
