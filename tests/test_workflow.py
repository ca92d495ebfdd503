"""The workflow on GitHub: what it may do, and that nobody can slip another action into it."""

import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parent.parent
FILES = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def test_every_action_is_pinned_by_its_hash():
    assert FILES
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            assert "uses:" not in line or PINNED.search(line), f"{path.name}: {line}"


def test_nothing_may_be_written_but_the_page():
    for path in FILES:
        jobs = yaml.safe_load(path.read_text("utf-8"))
        assert jobs["permissions"] == {"contents": "read"}
        for name, job in jobs["jobs"].items():
            writes = {kind for kind, what in job.get("permissions", {}).items() if what == "write"}
            assert writes == ({"pages", "id-token"} if name == "page" else set()), name


def test_it_runs_on_linux_and_macos():
    (path,) = FILES
    matrix = yaml.safe_load(path.read_text("utf-8"))["jobs"]["tests"]["strategy"]["matrix"]
    assert {entry["os"].partition("-")[0] for entry in matrix["include"]} == {"ubuntu", "macos"}
