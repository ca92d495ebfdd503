"""The slides of the talk (files that start with a digit) and what turns them into a deck."""
