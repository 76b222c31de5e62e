"""What was taken in and waits to be worked off: stored once by its key, leased to one worker, tried again, set aside."""
