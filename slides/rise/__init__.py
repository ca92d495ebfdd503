"""Live coding in RISE: a notebook to code in, the kernel behind it and the keyboard before it.

Here belongs what makes a section's cells a thing to edit and run on stage, from the text in a
cell to the program that it becomes. The server imports it and calls `install` once; the kernels
that it starts load `magic`, and nothing else imports anything of it.
"""

from slides.rise.install import install

__all__ = ["install"]
