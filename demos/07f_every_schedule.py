"""Most schedules of two `counter += 1` lose an update.

    python demos/07f_every_schedule.py

A step is one bytecode instruction of that line that reads the
counter, adds to it or writes it. A schedule says whose step is
next. Nothing runs in parallel here: this plays every schedule,
of the counter, then of two locks taken in opposite order.
"""

import dis
import signal
import threading
import time

LINE = "global counter; counter += 1"
OPPOSITE = {  # steps of two flows that take two locks
    "luke": ("takes saber", "takes ship",
             "frees ship", "frees saber"),
    "darthvader": ("takes ship", "takes saber",
                   "frees saber", "frees ship")}

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
    moves = [flow for flow, plan in plans.items()
             if plan and may(plan[0], past)]
    if not moves:  # all are done, or nobody can move
        yield past
    for flow in moves:
        step, *rest = plans[flow]
        yield from schedules(plans | {flow: rest},
                             past + ((flow, step),))


def may(step, past):  # taking waits until it was freed
    done = [each for _, each in past]
    freed = step.replace("takes", "frees")
    return done.count(step) == done.count(freed)


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
    ends = [play(each) for each in schedules(
        {"luke": steps, "darthvader": steps})]
    lost = f"{ends.count(1)} of {len(ends)} lose an update"
    say(f"schedules of the counter: {lost}")
    orders = list(schedules(OPPOSITE))  # stuck after a "takes"
    stuck = [each for each in orders if "takes" in each[-1][1]]
    deadlock = f"{len(stuck)} of {len(orders)} end in deadlock"
    say(f"schedules of the two locks: {deadlock}")
    short = map(" ".join, min(stuck, key=len))
    say(f"the shortest: {', then '.join(short)}")
    say(f"=> schedules: {lost}, {deadlock}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
