"""The public file names nobody: no host, user, home or path of whoever builds it."""

import re
import shutil
import subprocess
import sys

import pytest
from helping import CHECKOUT, EXPORT, copy_of_the_talk, material, surroundings

HOST, USER = "telling-host-name", "telling-user-name"


def telling(home, **more: str) -> dict[str, str]:
    """The environment of somebody whose name would be noticed."""
    names = {name: USER for name in ("USER", "LOGNAME", "USERNAME")}
    return surroundings(CHECKOUT, HOME=str(home), HOSTNAME=HOST, **names, **more)


def on_a_telling_host(*command: str) -> list[str]:
    """The command on a host of that name; skips where none can be had."""
    unshare = shutil.which("unshare")
    whole = [str(unshare), "--uts", "sh", "-c", f'hostname {HOST} && exec "$@"', "sh", *command]
    if (
        not unshare
        or subprocess.run([*whole[: -len(command)], "true"], capture_output=True).returncode
    ):
        pytest.skip("no host name of one's own can be had here: it takes Linux and privileges")
    return whole


def test_cluster_on_this_machine_is_not_called_by_its_name(tmp_path):
    pytest.importorskip("distributed")
    command = on_a_telling_host(sys.executable, str(material("08d_dask").path))
    done = subprocess.run(
        command, env=telling(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and "process" in done.stdout, done.stderr
    assert HOST not in done.stdout


@pytest.mark.stress("only")
def test_whole_talk_built_by_somebody_with_a_name(tmp_path):
    home = tmp_path / "telling-home"
    home.mkdir()
    top = copy_of_the_talk(tmp_path / "telling-folder")
    shutil.rmtree(top / "build")
    environment = telling(home, PYTHONPATH=str(top))
    subprocess.run(
        on_a_telling_host(sys.executable, "-c", EXPORT), cwd=top, env=environment, check=True
    )
    page = (top / "threading.html").read_text("utf-8")
    names = {HOST, USER, "telling-", str(CHECKOUT), sys.prefix, str(tmp_path)}
    text = re.sub(r"base64,[\w+/=]+", "", page)
    found = sorted(name for name in names if re.search(rf"\b{re.escape(name)}\b", text))
    assert found == []
