"""Debian's Chromium, driven without a window; and pages that tests and screenshots look at."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

__all__ = ["PLAIN", "browser", "emulate", "needs_chromium", "problems", "requests_of", "violations"]

PLAIN = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--window-size=1280,900",
)


def needs_chromium() -> None:
    """Skip where there is no Chromium; in CI its absence is a failure."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return
    message = "no Chromium: apt-get install chromium chromium-driver"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Start Chromium with a profile of its own, and end it."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (*PLAIN, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def emulate(
    driver: Chrome, *, width: int, height: int, scheme: str = "light", media: str = "screen", scale: float = 1
) -> None:
    """Make the page believe in a screen, a colour scheme and a medium."""
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # or a click misses what still moves
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def problems(driver: Chrome) -> list[str]:
    """Return what the browser complained of since the last call, but for its own start page."""
    messages = [entry["message"] for entry in driver.get_log("browser")]
    return [message for message in messages if not message.startswith("chrome://")]


def requests_of(driver: Chrome) -> list[str]:
    """Give the addresses that were asked for since the last call, but for data in the page itself."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    addresses = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return [address for address in addresses if not address.startswith(("data:", "chrome:", "about:"))]


def violations(driver: Chrome) -> list[str]:
    """Give what axe holds against the page as it is shown, in short."""
    import axe_selenium_python

    # The page's policy forbids programs of others, also axe: it is put in past the policy, by the protocol.
    axe = Path(axe_selenium_python.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe.read_text(encoding="utf-8")})
    answer: dict[str, Any] = driver.execute_cdp_cmd(
        "Runtime.evaluate",
        {
            "expression": "axe.run({resultTypes: ['violations']}).then((found) => JSON.stringify(found.violations))",
            "awaitPromise": True,
        },
    )
    found = json.loads(answer["result"]["value"])
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])})" for one in found]
