"""The limiter for several processes: waiters here, one ledger somewhere that all of them reach."""
