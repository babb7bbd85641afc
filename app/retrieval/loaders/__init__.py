"""One file a document format; each defines LOADER."""
