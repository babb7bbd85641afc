"""Parts of the Use step."""
