"""What a person can do, one file a thing, as generators over the child processes."""
