"""Models that read a question and a passage together: one file a family, found by plugins."""
