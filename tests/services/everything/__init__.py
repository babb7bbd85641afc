"""Going through all documents."""
