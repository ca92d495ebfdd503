"""What several tests share: the checkout, and a real browser."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser):
    parser.addoption(
        "--full-stress", action="store_true", help="let the fifty clients of tests/test_server.py run for a minute"
    )


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of this checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the test is skipped, or fails where CI=true."""
    for path in (os.environ.get("CHROMIUM", ""), *CHROMIUM):
        if path and os.access(path, os.X_OK):
            return path
    reason = "no Chromium: set CHROMIUM to its path, or install the package chromium"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(chromium):
    """A Playwright browser for the whole session; open a context of your own in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def write_demo(tmp_path):
    """Write a demo into a folder of its own: `write_demo("print('hello')")` gives a Demo."""
    from demos.catalogue import Demo

    folder = tmp_path / "demos"
    folder.mkdir()

    def write(source: str, name: str = "99z_sample"):
        path = folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        return Demo(name, path)

    return write
