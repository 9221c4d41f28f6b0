"""Home: the networks that train, settings to begin with, and the pages as pictures of themselves."""

import re

from bnviz.config import Config
from bnviz.settings import SETTINGS
from bnviz.ui.assets import PICTURES, picture_url
from bnviz.ui.contents import contents
from tests.ui.visiting import charts_of, config_of, texts_of, visit

PAGES = [entry for entry in contents() if entry.place is not None]


def html_of(app):
    return " ".join(element.proto.body for element in app.get("html"))


def test_it_opens_on_the_opening_setting_training():
    app = visit(page=None)
    assert not app.exception
    assert set(charts_of(app)) == {"ridges"}
    assert texts_of(app) == ["words"]
    assert config_of(app) == Config()


def test_it_leads_to_five_settings_and_to_every_page():
    links = re.findall(r'href="([^"]+)" target="_self"', html_of(visit(page=None)))
    assert [f"setting={setting.name}" for setting in SETTINGS[:5]] == [
        re.search(r"setting=\w+", link)[0] for link in links if link.startswith("covariate_shift?")
    ]
    assert {entry.href for entry in PAGES} <= set(links)


def test_every_page_in_the_bar_has_a_place_of_its_own_and_pictures():
    assert PAGES[0].name == "home"
    assert len({entry.place for entry in PAGES}) == len(PAGES)
    assert "watch" not in [entry.name for entry in PAGES]
    for entry in PAGES[1:]:
        assert entry.question.endswith("?")
        for dark in (False, True):
            name = picture_url(entry.name, dark).rpartition("/")[2]
            assert (PICTURES / name).read_bytes().startswith(b"\x89PNG")


def test_the_bar_names_the_page_that_is_open():
    bar = html_of(visit())
    assert re.search(r'href="covariate_shift"[^>]*aria-current="page"', bar)
    assert bar.count("aria-current") == 1
