"""Parts of the Judge step."""
