"""The child that talks to servers which answer in place of a model on this machine."""
