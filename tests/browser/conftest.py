"""A real browser, and the galleries that it opens from disk."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exhibited import Made, make_bare, make_gallery

SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

BROKEN = """Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  const tried = image.complete || new Promise((done) => { image.onload = image.onerror = done; });
  return Promise.resolve(tried).then(() => (image.naturalWidth ? [] : [image.src]));
})).then((all) => all.flat())"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium with a profile of its own; skips without one, unless this is CI, where it has to be there."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield browser
        browser.close()


class Reader:
    """Somebody at a browser: opens pages, and notes what a page says to the console and asks for."""

    def __init__(self, browser: Any, root: Path, **context: Any) -> None:
        self.root = root
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def open(self, place: str = "index.html") -> Any:
        """The page at a place of the gallery, when it is drawn."""
        name, _, where = place.partition("#")
        self.page.goto((self.root / name).as_uri() + (f"#{where}" if where else ""))
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until a page that has just been opened shows what its address names."""
        self.page.locator("#app[aria-busy]").wait_for(state="detached")

    def at(self) -> str:
        """Where the reader is, below the gallery."""
        return self.page.url.removeprefix(self.root.as_uri() + "/")

    def broken(self) -> list[str]:
        """Pictures of the page that do not show, when those that are loaded late have been, too."""
        return self.page.evaluate(BROKEN)

    def check(self) -> None:
        """Nothing went wrong, and nothing was asked for that does not lie on the disk beside the page."""
        assert not self.complaints
        assert not [url for url in self.asked if not url.startswith(self.root.as_uri())]


@pytest.fixture
def reader(chromium: Any) -> Iterator[Callable[..., Reader]]:
    """Makes a `Reader` of a gallery; at the end none of them may have noticed anything wrong."""
    made = []

    def read(root: Path, **context: Any) -> Reader:
        made.append(Reader(chromium, root, **context))
        return made[-1]

    yield read
    for one in made:
        one.context.close()
        one.check()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_bare(tmp_path_factory.mktemp("bare"))
