"""The slides of the talk (files that start with a digit) and what turns them into a deck.

Here belongs what the audience sees and how it gets there: sections, deck, export, server, command.
Imports run one way, from `cli` over `server` and what looks at the deck (`lint`, `browser`) to
`export`, `deck` and `sections`, and from any of them to `demos`. Nothing imports `cli`, and the
machinery of `demos` imports nothing of this package.
"""

import sys

# An optional format checker of jsonschema, which nbformat and Jupyter import: it compiles a grammar
# for two seconds. None is how the import system says that there is no such module.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # typeshed lacks the None
