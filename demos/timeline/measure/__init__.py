"""Measures one run of a demo: when each of its flows lives, works, and waits for what.

What starts and watches a traced run (`tracer`, `sampler`), what notes its waits inside the demo
(`probe`) and what puts both together (`flows`, `reader`, `states`, `assemble`) belong here, and
nothing that draws. It imports what a timeline is and how a demo is started; `probe`, loaded alone
into the demo's own Pythons, imports the standard library only. Only `kept` imports it, for
`tracer.trace`.

Two sources, put together here. *What a flow waits for* comes from inside: `probe` wraps the calls
that wait, in every Python the demo starts; this alone sees the wait of a `with lock:`, which is no
event to a tracer. *Whether a flow runs* comes from outside: every thread's state and CPU time,
asked of the system about 700 times a second (Linux). So a thread that waits for its turn, at the
GIL or at the processor, is told apart from one that works, without a line of Python in the way.

It costs the demo about a microsecond per lock taken and some ten per wait. A tracer that notes
every call is no match for demos that make millions of them: VizTracer 1.1 needed 10 to 14 s and
128 MB for the two threads of 07a (0.5 s, here as without a trace; CPython 3.11), and could not see
a `with lock:`. Elsewhere than on Linux the second source is missing: there a flow works whenever it
does not wait.

What it cannot see into, it shows from outside: another program, or a Python started with -I or -E,
is a lane from its start to its end. Waits inside C extensions are seen on Linux, without their
reason.
"""
