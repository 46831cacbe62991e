"""A phone-sized Chromium without a screen, driven by its DevTools protocol over a WebSocket."""

import base64
import itertools
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import requests
import websocket

from waiting import until


class Browser:
    """`with Browser() as page: page.open(url); page.wait_text("...")`."""

    def __init__(self, width: int = 390, height: int = 844):
        self._directory = tempfile.TemporaryDirectory(prefix="musicbox-chromium-", ignore_cleanup_errors=True)
        self._log = Path(self._directory.name) / "stderr"
        with open(self._log, "wb") as log:
            # No sandbox: CI is root in a container, and the only page opened is our own.
            self._process = subprocess.Popen(
                # fmt: off
                [
                    "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--no-first-run", "--disable-background-networking", "--mute-audio", "--remote-debugging-port=0",
                    "--remote-allow-origins=*", f"--user-data-dir={self._directory.name}/profile",
                    f"--window-size={width},{height}", "about:blank",
                ],
                # fmt: on
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._numbers = itertools.count(1)
        self.problems: list[str] = []
        try:
            address = until(self._listening, lambda: f"DevTools of chromium:\n{self._log.read_text()[-2_000:]}")
            # It listens before its first page is there.
            page = until(lambda: self._first_page(address), "the first page of chromium")
            self._socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=30)
            for domain in ("Page", "Runtime", "Log"):
                self.command(f"{domain}.enable")
            self.command(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=True
            )
            self.command("Emulation.setTouchEmulationEnabled", enabled=True)
        except BaseException:
            self.close()
            raise

    def _listening(self) -> str | None:
        assert self._process.poll() is None, f"chromium ended:\n{self._log.read_text()[-2_000:]}"
        found = re.search(r"DevTools listening on ws://([^/]+)/", self._log.read_text())
        return found and found.group(1)

    @staticmethod
    def _first_page(address: str) -> dict[str, Any] | None:
        targets = requests.get(f"http://{address}/json/list", timeout=30).json()
        return next((target for target in targets if target["type"] == "page"), None)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._notice(message)

    def _notice(self, message: dict[str, Any]) -> None:
        """Keeps what a developer would see in red."""
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(message["params"]["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.problems.append(str(message["params"]["entry"]))

    def open(self, url: str) -> None:
        self.command("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        field = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event('change'))")

    def choose_files(self, selector: str, *paths: Path) -> None:
        """As somebody who chooses them for an `<input type="file">`; a directory for one that takes folders."""
        found = self.command("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        self.command("DOM.setFileInputFiles", objectId=found["result"]["objectId"], files=[str(path) for path in paths])

    def drop_files(self, *paths: Path) -> None:
        """As somebody who drags them onto the middle of the page."""
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.command("Input.dispatchDragEvent", type=kind, x=200, y=400, data=data)

    @property
    def text(self) -> str:
        """What a person can read on the page."""
        return self.evaluate("document.body ? document.body.innerText : ''") or ""

    def wait_text(self, wanted: str) -> None:
        until(lambda: wanted in self.text, lambda: f"{wanted!r} on the page; it shows:\n{self.text[:1_000]}", every=0.1)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._directory.cleanup()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
