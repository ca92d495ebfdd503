"""What is shown on one slide alone, made by the cell of that slide when the deck is built.

An exhibit belongs here with what it measures and draws: the chart of the five solutions (`chart`,
`ways`) and the scheduler that the audience plays (`scheduler`; its script and style are in
slides/theme). It may import demos and the standard library, so that any Python can run it. Only the
cells of the notebooks and the tests import it.
"""
