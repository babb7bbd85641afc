"""One file a page of the window; each defines PAGE."""
