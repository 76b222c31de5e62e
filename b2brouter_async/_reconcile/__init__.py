"""Whether an invoice is on the server, and whether it is the user's own."""
