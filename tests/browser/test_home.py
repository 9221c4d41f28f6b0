"""The page Home in a browser: networks that train without being asked, and the ways to the other pages."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until


@pytest.fixture
def home(page: Page, server: Server) -> LivePage:
    return LivePage(page, server.url).open("/")


def test_the_networks_train_at_once_and_stop_when_told(home: LivePage) -> None:
    assert home.state() == "running"
    seen = home.step()
    until(lambda: home.step() > seen, "they train on")
    until(lambda: "With batch norm" in home.text(), "what is to be seen is said")
    stands = home.pause()
    assert home.step() == stands
    assert home.player.locator("button[data-act=new-seed], button[data-act=defaults]").count() == 0
    assert home.errors == []


def test_a_setting_leads_to_the_lab_which_trains_it(home: LivePage) -> None:
    home.page.get_by_role("link", name="Sigmoid", exact=True).click()
    home.page.wait_for_url(re.compile(r"/covariate_shift\?.*activation=sigmoid"))
    home.drawing()
    assert home.errors == []


def test_a_picture_leads_to_its_page(home: LivePage) -> None:
    home.page.locator("a[href=transform] img, a[href='/transform'] img, a[href$=transform] img").first.click()
    home.page.wait_for_url(re.compile(r"/transform$"))
    until(lambda: home.drawn("walk") > 0, "the page draws")
    assert home.errors == []
