"""The packaged installer, as far as it can be seen without building it."""
