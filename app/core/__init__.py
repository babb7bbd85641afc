"""Plain Python that every process may import: it imports nothing else of Loam."""
