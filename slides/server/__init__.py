"""`talk present`: a Jupyter Server on this machine alone, with the deck and its live demos.

`app` starts and stops it, `stage` holds what a talk needs while it is given (the deck as it is now,
the live runs, what is measured in the background), and `handlers` are its addresses. It may import
everything but the command line, and only that imports it.
"""
