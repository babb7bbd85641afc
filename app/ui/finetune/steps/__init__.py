"""The steps of the Fine-tune page, one file each; a module here defines STEP."""
