"""'Why this answer?': how an answer came about, and what it should have found."""
