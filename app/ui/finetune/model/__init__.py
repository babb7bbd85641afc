"""The parts of the Model step."""
