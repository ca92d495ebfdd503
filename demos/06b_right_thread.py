"""Two threads reach one breakpoint(): ask who stopped there.

    python demos/06b_right_thread.py

Watch the name column: both arrive at the same time, the lock
lets one at a time reach the prompt, and the first question
there is the name. A script types the questions for you.
"""

import io
import pdb
import signal
import sys
import threading
import time

TYPING = 0.4  # seconds until a command is typed
COMMANDS = """\
p threading.current_thread().name
c
"""

ONE_AT_A_TIME = threading.Lock()
AT_THE_PROMPT = set()  # names, just now
CROWD = []  # how many they were, at each command
ANSWERS = set()  # (who was asked, what pdb answered)

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def fly():
    say("reaches the breakpoint")
    with ONE_AT_A_TIME:  # (1)
        breakpoint()  # (2)


def stop_here():  # what breakpoint() calls
    prompt = pdb.Pdb(stdin=Keyboard(COMMANDS), stdout=Screen(),
                     nosigint=True, readrc=False)
    prompt.set_trace(sys._getframe(1))


class Keyboard(io.StringIO):
    def readline(self):
        name = threading.current_thread().name
        AT_THE_PROMPT.add(name)
        time.sleep(TYPING)
        CROWD.append(len(AT_THE_PROMPT))
        command = super().readline()
        say(f"(Pdb) {command.strip()}")
        if command == "c\n":
            AT_THE_PROMPT.remove(name)
        return command


class Screen(io.StringIO):
    def write(self, text):
        if text.startswith("'"):  # not where, not the prompt
            say(text)
            ANSWERS.add((threading.current_thread().name, text))


def main():
    sys.breakpointhook = stop_here
    crew = [threading.Thread(target=fly, name=name)
            for name in ("luke", "darthvader")]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    right = sum(repr(who) == text for who, text in ANSWERS)
    most = max(CROWD)
    say(f"=> {right} threads stopped, never more than {most} "
        "at the prompt" if (right, most) == (2, 1) else
        f"=> not shown here: {right} right answers, {CROWD}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
