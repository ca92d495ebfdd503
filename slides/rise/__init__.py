"""Live coding in RISE: a notebook to code in for each section, the kernel behind it and the keyboard in front of it.

Here belongs what makes a section's cells a thing to edit and run on stage; what JupyterLab or RISE can do
by themselves is configured where the server is made. It takes sections and demos as they are; the server may
import it and calls `install` once, and only the kernel that it starts imports `magic`.
"""

from slides.rise.install import install

__all__ = ["install"]
