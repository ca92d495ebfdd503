"""The rows of tests/benchmark.py: each module times one thing a user waits for."""
