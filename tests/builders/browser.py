"""A real browser without a window, Debian's chromium, steered through its WebDriver."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("chromium", "chromedriver")
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_HEIGHT = 900
# Images below the window load when they are needed; here all are. What is folded is unfolded.
_LOOK = """
const done = arguments[0], root = document.documentElement;
document.querySelectorAll('details').forEach(one => { one.open = true; });
const images = [...document.images];
images.forEach(image => { image.loading = 'eager'; });
Promise.all(images.map(image => image.decode().catch(() => null))).then(() => done({
  images: images.length,
  broken: images.filter(image => !image.naturalWidth).map(image => image.src),
  wide: [...document.body.querySelectorAll('*')]
    .filter(one => one.getBoundingClientRect().right > root.clientWidth + 1
                   && !one.closest('pre, .table'))
    .map(one => one.outerHTML.slice(0, 120)),
  overflow: root.scrollWidth - root.clientWidth,
}));
"""


class NotInstalled(Exception):
    """Which programs are not on this machine."""


@dataclass(frozen=True)
class Seen:
    """What a page is like in a window of some width.

    `images` counts them, `broken` and `wide` have those that do not load and the elements that
    reach beyond the window, `overflow` is by how many pixels the page is wider than the window, and
    `errors` is what the console says of errors.
    """

    images: int
    broken: list[str]
    wide: list[str]
    overflow: int
    errors: list[str]


class Browser:
    """A browser; use it with ``with``, so that it ends."""

    def __init__(self) -> None:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise NotInstalled(f"no {', '.join(missing)} (packages: envs/apt_test.txt)")
        self._home = tempfile.TemporaryDirectory(prefix="browser")
        self._driver = subprocess.Popen(
            ["chromedriver", "--port=0"],
            env=os.environ | {"HOME": self._home.name},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            self._start()
        except BaseException:
            self._stop()
            raise

    def _start(self) -> None:
        started = (re.search(r"started successfully on port (\d+)", line) for line in self._said())
        self._address = f"http://127.0.0.1:{next(filter(None, started))[1]}/session"
        options = {"args": [*_ARGUMENTS, f"--user-data-dir={self._home.name}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self._ask("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self._address += f"/{session}"

    def _stop(self) -> None:
        self._driver.terminate()
        self._driver.wait(timeout=20)
        self._driver.stdout.close()
        self._home.cleanup()

    def _said(self):
        return iter(self._driver.stdout.readline, "")

    def _ask(self, command: str, body: dict | None = None, method: str = "POST"):
        request = urllib.request.Request(
            self._address + command,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path, width: int) -> Seen:
        """Open a page in a window of a width [pixels] and look at it."""
        size = {"width": width, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        command = {"cmd": "Emulation.setDeviceMetricsOverride", "params": size}
        self._ask("/goog/cdp/execute", command)
        self._ask("/url", {"url": page.resolve().as_uri()})
        seen = self._ask("/execute/async", {"script": _LOOK, "args": []})
        log = self._ask("/se/log", {"type": "browser"})
        errors = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
        return Seen(**seen, errors=errors)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_) -> None:
        self._ask("", method="DELETE")
        self._stop()
