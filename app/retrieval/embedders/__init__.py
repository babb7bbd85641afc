"""One file an embedding model family; each defines EMBEDDER."""
