"""Markdown to Qt: splitting, rich text, code colours, formulas."""
