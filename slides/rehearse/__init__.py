"""A rehearsal: how long each slide took, against the plan in the notes.

The server hands on which slide stands; here is what becomes of that: a clock that knows a break, a
file under build/rehearsals/, what would bring the talk into its slot, and the tables. Nothing here
knows of a server or of a browser.
"""
