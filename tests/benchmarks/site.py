"""How soon the first page of a release's site can be used, opened from disk in Chromium, and how large its pages are.

Prints JSON: seconds to the first page's load event, the median of several; and in bytes the largest page before its data, with
the scripts and styles that it loads, that which draws charts included. Data are the bodies of tables, the tiles of maps and
what lies in `data/`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from pipeline.home import Home
from pipeline.warehouse.released import newest_release

CHROMIUM = "/usr/bin/chromium"
OPENINGS = 5
DATA = re.compile(rb'<tbody.*?</tbody>|<ul class="tiles".*?</ul>', re.DOTALL)
CHART, DRAWING = b'class="chart"', "vega.js"
LOADED = re.compile(rb'(?:src|href)="([^"#?]+\.(?:js|css))"')


def first_page_seconds(site: Path) -> float:
    """Median seconds until the first page has loaded, each time in a browser that knows nothing."""
    seconds = []
    with sync_playwright() as playwright:
        for _ in range(OPENINGS):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto((site / "index.html").as_uri(), wait_until="load")
            seconds.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
            browser.close()
    return median(seconds)


def largest_page_bytes(site: Path) -> int:
    """The bytes of the largest page with what it loads, without data."""
    sizes: dict[Path, int] = {}

    def size(path: Path) -> int:
        if path not in sizes:
            sizes[path] = path.stat().st_size if path.is_file() else 0
        return sizes[path]

    largest = 0
    for page in site.rglob("*.html"):
        content = page.read_bytes()
        assets = {(page.parent / name.decode()).resolve() for name in LOADED.findall(content)}
        own = sum(size(path) for path in assets if path.is_relative_to(site / "assets"))
        own += size(site / "assets" / DRAWING) if CHART in content else 0
        largest = max(largest, len(DATA.sub(b"", content)) + own)
    return largest


def main(home: Home, year: int) -> None:
    """Measure the public site of the year's newest release."""
    release = newest_release(home, year)
    assert release is not None, "the year was released"
    site = (release / "public" / "site").resolve()
    sys.stdout.write(json.dumps({
        "first_page": first_page_seconds(site), "largest_page": largest_page_bytes(site),
        "pages": sum(1 for _ in site.rglob("*.html")),
    }))  # fmt: skip


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), int(sys.argv[3]))
