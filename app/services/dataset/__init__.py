"""Rows to learn from: import, review, checks, split, export."""
