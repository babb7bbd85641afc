"""The child process that trains adapters."""
