"""The demos of the talk (files that start with a digit) and what runs, records and draws them."""
