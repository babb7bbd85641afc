"""One module a file format of datasets; each defines FORMAT."""
