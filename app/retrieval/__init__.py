"""The child process that reads, indexes and finds documents."""
