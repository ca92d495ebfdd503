"""The marks of an axis of time, the same in every drawing."""

STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)
"""Seconds between two marks of the axis."""


def marks(seconds: float, most: int) -> list[float]:
    """Round seconds from 0 to `seconds`, with at most `most` steps between them."""
    step = next(step for step in STEPS if seconds / step <= most)
    found, number = [], 0
    while number * step <= seconds:
        found.append(number * step)
        number += 1
    return found
