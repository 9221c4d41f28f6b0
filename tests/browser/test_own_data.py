"""A file from the visitor's disk is trained on."""

from playwright.sync_api import Page, expect

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until

ROWS = [f"{k % 7},{k % 3 + k % 7},{'abc'[k % 3]}" for k in range(90)]


def file(*rows: str) -> dict[str, object]:
    return {"name": "mine.csv", "mimeType": "text/csv", "buffer": "\n".join(["left,right,kind", *rows]).encode()}


def test_a_file_is_trained_on_after_a_bad_one_was_refused(page: Page, server: Server) -> None:
    live = LivePage(page, server.url)
    page.goto(f"{server.url}/covariate_shift?dataset=table&batch_size=16")
    chooser = page.locator(".st-key-own_file input[type=file]")
    chooser.set_input_files([file(*ROWS[:-1], "![x](//e.co/i),1,a")])
    expect(page.locator("[data-testid=stAlert] code", has_text="![x](//e.co/i)")).to_be_visible()
    chooser.set_input_files([file(*ROWS)])
    live.drawing()
    until(lambda: live.step() > 20, "the run trains")
    expect(page.get_by_text("90 rows, 2 columns of numbers, 3 classes in")).to_be_visible()
    assert "table=" not in page.url.replace("dataset=table", "")
    assert live.errors == []

    live.pause()
    live.press("reset")
    until(lambda: live.step() == 0, "the run stands at its start, with its table")


def test_a_table_that_was_lost_with_its_server_is_chosen_again_and_the_page_goes_on(page: Page) -> None:
    server = Server()
    live = LivePage(page, server.url)
    page.goto(f"{server.url}/covariate_shift?dataset=table&batch_size=16")
    chooser = page.locator(".st-key-own_file input[type=file]")
    chooser.set_input_files([file(*ROWS)])
    live.drawing()
    until(lambda: live.step() > 20, "the run trains")
    server.end()
    server = Server(server.port)
    try:
        expect(live.player).to_contain_text("The server holds this table no more")
        chooser.set_input_files([file(*ROWS)])
        until(lambda: live.state() == "running", "the run trains")
        assert live.errors == []
    finally:
        server.end()
