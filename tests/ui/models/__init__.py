"""Tests of the Models page over the real services."""
