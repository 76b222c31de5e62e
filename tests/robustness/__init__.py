"""What holds whatever happens: cancellation anywhere, any reply, any value."""
