"""The program behind `make generate` and `make fetch-spec`."""
