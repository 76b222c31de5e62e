"""One PostgreSQL for everything that many machines share: how it is reached, and which tables there are."""
