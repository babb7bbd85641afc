"""The child process that owns llama.cpp."""
