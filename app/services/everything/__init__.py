"""Questions that are answered by going through all documents instead of the best passages."""
