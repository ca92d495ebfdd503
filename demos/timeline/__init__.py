"""One run of a demo, measured: who lived, worked and waited when, and the pictures of it.

What a timeline is (`model`, `words`), how a run is measured (`measure`), each way to draw it
(`draw`), where it is kept (`kept`) and the command (`show`) belong here, and nothing about slides.
`model` imports none of the others; measuring and drawing import it and never each other; only
`kept` imports measuring, and only `show` brings both together. The deck and the commands may import
`model`, `words`, `draw`, `kept` and `show`; a demo imports none of it.
"""
