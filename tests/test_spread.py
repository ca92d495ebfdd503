"""How a run is spread over workers, what shares a fixture shares one; and parsing meanwhile."""

import ast
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xdist")

CONFTEST = """
import pytest

pytest_plugins = ["spread"]

@pytest.fixture(scope="module")
def served():
    pass
"""
TESTS = """
import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(8))
def test_together(served, number):
    Path(f"together-{number}").write_text(str(os.getpid()))
"""


def test_tests_that_share_a_fixture_go_to_one_worker(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(TESTS.replace("together-", f"{name}-together-"))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    for name in ("PYTEST_ADDOPTS", "TALK_BUILD", "HYPOTHESIS_STORAGE_DIRECTORY"):
        environment.pop(name, None)
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        environment.pop(name)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-q"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    for name in ("test_one.py", "test_two.py"):
        assert len({path.read_text() for path in tmp_path.glob(f"{name}-together-*")}) == 1


def test_what_the_collector_runs_does_not_disturb_a_parse():
    """In CPython 3.11 it did, once in some twenty whole runs."""

    class Parses:
        def __init__(self):
            self.me = self

        def __del__(self):
            ast.parse("x = (1 + 2) * 3")

    before = gc.get_threshold()
    gc.set_threshold(50)
    try:
        for _ in range(50):
            Parses()
            assert len(ast.parse("def f():\n    return [1, 2]\n" * 200).body) == 200
    finally:
        gc.set_threshold(*before)
