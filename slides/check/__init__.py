"""The evening before: whether this talk can be given on this machine.

One file for each kind of look, each of which yields lines of a report and changes nothing that is
there; `looks` has them in their order, so that what is wrong comes before what follows from it. The
command shows the report as a table or as JSON, and nothing else imports anything of this package.
"""
