"""One module per operation of the document."""
