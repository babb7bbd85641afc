"""Parts of the Data step: ways to get rows, the table to look through them, labelling."""
