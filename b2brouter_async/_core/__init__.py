"""What generated code stands on: operations, requests, replies, lists, models."""
