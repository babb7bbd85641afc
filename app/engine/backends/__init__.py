"""One file a device kind; each defines BACKEND."""
