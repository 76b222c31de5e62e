"""What each column of a table probably is, and the questions that a person must answer."""
