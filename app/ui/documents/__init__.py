"""The parts of the Documents page: collections, files and the reader."""
