"""One run of a demo: started, bounded, coloured, recorded, and ended to its last process.

The run itself (`run`), its pseudo-terminal (`terminal`), its processes (`processes`), what it
prints (`output`) and the recording of it (`record`) belong here. It imports `cast`, `catalogue` and
`programs.scratch`; timelines, slides and the commands may import it, and no demo does.
"""
