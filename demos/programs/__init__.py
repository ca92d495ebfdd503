"""A program is a demo, or a demo with some of its functions replaced: it is a file.

What a demo's file says (`source`), the program that an edited slide makes of it (`program`), the
change that leads from one demo to another (`change`) and the folder in which such a file is run
(`scratch`) belong here. It imports `catalogue` and `errors`; runs, slides and RISE may import it.
"""
