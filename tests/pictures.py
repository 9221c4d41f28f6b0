"""Takes the pictures of the pages that Home shows, from the app itself, into ``bnviz/ui/pictures``.

python -m tests.pictures
"""

import io
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bnviz.ui.assets import PICTURES
from bnviz.ui.contents import Entry, contents
from tests.browser.serving import LAUNCH, Server, until

WIDTH, HEIGHT = 1280, 760  # of the page
SMALL = 480  # px, of the picture
STEPS = 60  # after which a page that trains shows something
COLOURS = 64


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**LAUNCH)
            for entry in contents():
                if entry.place is not None and not entry.is_front:
                    for scheme in ("light", "dark"):
                        take(browser, server.url, entry, scheme)
    finally:
        server.end()


def take(browser: Browser, url: str, entry: Entry, scheme: Any) -> None:
    """The picture of one page, once all charts in sight are drawn and, where it trains, some steps were made."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
    page.goto(f"{url}/{entry.name}")
    page.wait_for_selector("[data-testid=live-chart][data-drawn]")
    charts = page.locator("[data-testid=live-chart]")

    def shown() -> bool:
        drawn = charts.evaluate_all(
            "(all, height) => all.filter(one => one.getBoundingClientRect().top < height)"
            ".every(one => Number(one.dataset.drawn) > 2)",
            HEIGHT,
        )
        step = int(charts.first.get_attribute("data-step") or 0)
        still = page.locator("[data-testid=live-player]").get_attribute("data-state") in ("still", "paused")
        return bool(drawn or still) and (still or step >= STEPS)

    until(shown, f"{entry.name} shows something", 60)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = picture.resize((SMALL, round(SMALL * HEIGHT / WIDTH)), Image.Resampling.LANCZOS)
    small.quantize(COLOURS).save(PICTURES / f"{entry.name}_{scheme}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()
