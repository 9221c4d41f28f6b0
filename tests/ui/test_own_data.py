"""A visitor brings a table: what the page shows, and what the run is asked for."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bnviz.config import Config
from bnviz.csv_tables import read_csv
from bnviz.live import openml
from bnviz.live.table_store import tables
from bnviz.tables import make, quoted
from bnviz.ui.own_data import _marked

ROOT = Path(__file__).parents[2]
MAIN, PAGE = ROOT / "bnviz/ui/main.py", ROOT / "pages/covariate_shift.py"
CSV = b"size,kind,colour\n" + b"".join(
    b"%d,%d,%s\n" % (k, k % 2, [b"red", b"blue", b"green"][k % 3]) for k in range(12)
)
JUNK_CSV = CSV.replace(b"5,1,green", b"![x](//e.co/i),1,green")


def visit(**link):
    app = AppTest.from_file(MAIN, default_timeout=30)
    app.switch_page(str(PAGE))
    for name, text in link.items():
        app.query_params[name] = text
    return app.run()


@pytest.fixture
def app():
    return visit(dataset="table", gamma="2")


@pytest.fixture
def forget():
    """Empties the server's store, as time would."""

    def forget():
        store = tables()
        with store._lock:
            store._tables.clear()

    return forget


def upload(app, content=CSV, name="mine.csv"):
    app.file_uploader(key="own_file").upload(name, content, "text/csv").run()
    assert not app.exception
    return app


def asked(app):
    """The configs that the live components were given; none when there are none."""
    configs = {json.dumps(json.loads(mount.proto.json)[0]["run"]["config"]) for mount in app.get("bidi_component")}
    return [Config.from_json(config) for config in configs]


def label(app):
    (box,) = [box for box in app.selectbox if box.label == "Label"]
    return box


def said(app):
    return " ".join(caption.value for caption in app.caption)


# ---------------------------------------------------------------------- without a table


def test_without_a_table_the_page_says_so_and_asks_for_no_run(app):
    assert not app.exception
    assert asked(app) == []
    assert app.info[0].value.startswith("Choose a table of your own in the sidebar")
    assert {"dataset", "gamma"} <= set(app.query_params)  # the widgets are there, so that the link stays whole


def test_other_data_sets_ask_for_no_table():
    app = visit()
    assert not app.get("file_uploader")
    assert len(asked(app)) == 1


@pytest.mark.parametrize("junk", ["0" * 32, "junk", "", "💥", "x" * 300])
def test_a_link_brings_no_table_of_somebody_else(junk, own_table):
    tables().put(own_table)
    for digest in (junk, own_table.digest):
        app = visit(dataset="table", table=digest)
        assert not app.exception
        assert asked(app) == []
        assert "table" not in app.query_params
        assert "a link cannot hold a table" in app.warning[0].value


# ---------------------------------------------------------------------- a file


def test_a_file_is_trained_on_and_its_digest_is_in_no_link(app):
    upload(app)
    digest = read_csv(CSV).digest
    assert asked(app) == [Config(dataset="table", table=digest, gamma=2.0)]
    assert tables().get(digest).columns == ("size", "kind")
    assert not app.error
    assert "table" not in app.query_params
    assert digest not in str(dict(app.query_params))


def test_the_label_can_be_chosen_and_what_is_there_is_said(app):
    content = CSV.replace(b"red", b"1").replace(b"blue", b"2").replace(b"green", b"3")
    upload(app, content)
    assert label(app).value == "colour"
    assert "12 rows, 2 columns of numbers, 3 classes in `colour`." in said(app)
    first = asked(app)
    label(app).set_value("kind").run()
    assert "12 rows, 2 columns of numbers, 2 classes in `kind`." in said(app)
    assert asked(app) != first
    assert asked(app)[0].table == read_csv(content, "kind").digest


def test_a_file_that_cannot_be_read_is_said_with_its_text_as_code(app):
    upload(app, JUNK_CSV)
    assert app.error[0].value.startswith("Row 7, column `size`: `![x](//e.co/i)` is not a number.")
    assert asked(app) == []
    upload(app)
    assert not app.error
    assert len(asked(app)) == 1


def test_a_file_taken_away_takes_its_table_away(app):
    upload(app)
    app.file_uploader(key="own_file").set_value(None).run()
    assert not app.exception
    assert asked(app) == []


def test_a_file_is_read_once(app, monkeypatch):
    upload(app)
    monkeypatch.setattr("bnviz.ui.own_data.read_csv", lambda *_: pytest.fail("it was read again"))
    app.slider(key="beta").set_value(1.0).run()
    assert not app.exception
    assert asked(app)[0].beta == 1


def test_a_file_that_is_still_there_is_read_again_when_the_server_has_dropped_its_table(app, forget):
    upload(app)
    forget()
    app.slider(key="beta").set_value(1.0).run()
    assert tables().get(asked(app)[0].table) is not None


def test_the_table_is_there_after_a_look_at_another_data_set(app, forget):
    upload(app)
    (config,) = asked(app)
    app.selectbox(key="dataset").set_value("moons").run()
    assert asked(app)[0].dataset == "moons"
    app.selectbox(key="dataset").set_value("table").run()
    assert asked(app) == [config]
    forget()
    app.run()
    assert asked(app) == []
    assert "The server holds your table no more. Choose it again." in [warning.value for warning in app.warning]


# ---------------------------------------------------------------------- a name


def test_a_data_set_is_fetched_by_its_name(app, monkeypatch, own_table):
    names = []
    monkeypatch.setattr(openml, "fetch", lambda name: names.append(name) or own_table)
    app.button_group(key="own_source").set_value("OpenML").run()
    app.button(key="own_fetch").click().run()  # without a name
    assert names == []
    app.text_input(key="own_openml").set_value(" wine ")
    app.button(key="own_fetch").click().run()
    assert not app.exception
    assert names == ["wine"]
    assert asked(app)[0].table == own_table.digest
    assert "60 rows, 3 columns of numbers, 3 classes in `kind`." in said(app)
    app.selectbox(key="dataset").set_value("moons").run()
    app.selectbox(key="dataset").set_value("table").run()
    assert asked(app)[0].table == own_table.digest
    assert names == ["wine"]


def test_what_was_left_out_is_said(app, monkeypatch, own_table):
    noted = make(
        own_table.inputs, ["a", "b"] * 30, own_table.columns, "label", "Left out: rows with missing values (4)."
    )
    monkeypatch.setattr(openml, "fetch", lambda _: noted)
    app.button_group(key="own_source").set_value("OpenML").run()
    app.text_input(key="own_openml").set_value("wine")
    app.button(key="own_fetch").click().run()
    assert "Left out: rows with missing values (4)." in said(app)


def test_a_name_that_is_none_is_said_with_its_text_as_code(app):
    app.button_group(key="own_source").set_value("OpenML").run()
    app.text_input(key="own_openml").set_value("[x](//e.co)")
    app.button(key="own_fetch").click().run()
    assert not app.exception
    assert "got `[x](//e.co)`. Copy it from openml.org." in app.error[0].value
    assert asked(app) == []


def test_each_source_keeps_its_own_table(app, monkeypatch, own_table):
    monkeypatch.setattr(openml, "fetch", lambda _: own_table)
    upload(app)
    (of_file,) = asked(app)
    app.button_group(key="own_source").set_value("OpenML").run()
    assert asked(app) == []
    app.text_input(key="own_openml").set_value("wine")
    app.button(key="own_fetch").click().run()
    assert asked(app)[0].table == own_table.digest
    app.button_group(key="own_source").set_value("File").run()
    assert asked(app) == [of_file]


# ---------------------------------------------------------------------- words


@given(st.text(), st.text())
def test_text_of_users_is_shown_letter_by_letter(one, other):
    """Between its two backticks there is no other, so that Markdown sees code and nothing else."""
    shown = _marked(f"Row 1, column {quoted(one)}: {quoted(other)} is not a number.")
    pieces = shown.split("`")
    assert len(pieces) % 2 == 1
    assert "".join(pieces[::2]).replace("nothing", "") in {"Row 1, column :  is not a number."}
