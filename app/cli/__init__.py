"""The terminal: the same services as the window, one file a group of commands."""
