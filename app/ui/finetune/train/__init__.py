"""The parts of the Train step."""
