"""What may be wrong with rows, one module a check; a person decides what follows from it."""
