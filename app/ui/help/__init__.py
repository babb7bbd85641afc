"""The help dialog: what went wrong, what is new, what Loam is made of."""
