"""The pictures of a timeline: one room or file per drawing.

What turns a finished timeline into something to look at belongs here: `svg` for a slide or for
print, `terminal` for a terminal, `perfetto` for ui.perfetto.dev, each with a function `picture`.
A drawing imports what a timeline is (`model`, `words`) and the cast, never how it is measured.
The deck and `show` may import a drawing; measuring may not.
"""
