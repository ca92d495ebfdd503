"""The slides of the talk (files that start with a digit) and what turns them into a deck."""

import sys

# An optional format checker of jsonschema, which nbformat and Jupyter import: it compiles a grammar for two seconds.
sys.modules.setdefault("rfc3987_syntax", None)
