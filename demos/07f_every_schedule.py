"""Most schedules of two `counter += 1` lose an update.

    python demos/07f_every_schedule.py

A step is one bytecode instruction of that line that reads the
counter, adds to it or writes it. A schedule says whose step is
next, l(uke)'s or d(arthvader)'s. Nothing runs in parallel here:
this plays them all. Watch which ones keep both updates.
"""

import dis
import signal
import threading
import time

LINE = "global counter; counter += 1"
START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def steps_of(line):  # (1)
    return [step.opname for step in dis.get_instructions(line)
            if step.argrepr in ("counter", "+=")]


def schedules(plans, past=()):  # (2)
    moves = [flow for flow, plan in plans.items() if plan]
    if not moves:  # all steps are done
        yield past
    for flow in moves:
        step, *rest = plans[flow]
        yield from schedules(plans | {flow: rest},
                             past + ((flow, step),))


def play(schedule):  # (3)
    counter, hand = 0, {}
    for flow, step in schedule:
        if step.startswith("LOAD"):
            hand[flow] = counter
        elif step.startswith("STORE"):
            counter = hand[flow]
        else:
            hand[flow] += 1
    return counter


def main():
    steps = steps_of(LINE)
    say(f"counter += 1 is {', '.join(steps)}")
    ends = {each: play(each) for each in schedules(
        {"luke": steps, "darthvader": steps})}
    for end in sorted(set(ends.values()), reverse=True):
        some = [each for each in ends if ends[each] == end]
        whose = " ".join(flow[0] for flow, _ in some[0])
        say(f"counter is {end} after {len(some):>2} schedules,"
            f" such as {whose}")
    lost = sum(end < 2 for end in ends.values())
    say(f"=> {lost} of {len(ends)} schedules lose an update")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
