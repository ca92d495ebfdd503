"""The demos of the talk (files that start with a digit) and what runs, records and draws them.

What finds, runs, records, colours or measures a demo belongs here, and nothing that knows of slides
or of a server. A demo imports nothing of ours, and nothing imports a demo. The deck, its exhibits
and the commands may import what is backstage here, and the tests everything.
"""
