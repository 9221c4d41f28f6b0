"""Links that somebody made to do harm: the page opens, mends every field, and shows their text letter by letter."""

import re

import pytest

from bnviz.config import FIELDS, Config
from bnviz.ui.controls import mend
from tests.ui.visiting import PAGE_FIELDS, config_of, visit, widgets_of

SCRIPT = "<script>window.harmed=1</script>"
KINDS = {
    "inf": ["inf"], "1e400": ["1e400"], "-1e400": ["-1e400"], "1e-400": ["1e-400"], "below": ["-1e300"],
    "above": ["1e300"], "many digits": ["9" * 5000], "half": ["0.123456789"], "hexadecimal": ["0x10"],
    "underscored": ["1_000"], "other digits": ["٣"], "spaces": ["\t\n \u2028"], "nul": ["\0"],
    "right to left": ["\u202edezilamron"], "name": ["__class__"], "path": ["../../../etc/passwd"],
    "json": ['{"a": [1, null]}'], "template": ["{{7*7}}${7*7}%s%n"], "script": [SCRIPT],
    "image": ["<img src=x onerror=window.harmed=1>"], "anchor": ["[x](javascript:window.harmed=1)"],
    "end of code": ["`</code>" + SCRIPT], "formula": ["$\\href{javascript:window.harmed=1}{x}$"],
    "long": ["<b>" + "x" * 10**5], "twice": ["junk", "1"], "many times": ["none", "batch", "none"] * 500,
}  # fmt: skip


def spoken(app):
    """All that the page says in Markdown and HTML, without what stands there as code, letter by letter."""
    said = [
        element.value
        for kind in ("markdown", "caption", "warning", "info", "error", "html")
        for element in app.get(kind)
    ]
    assert len(said) > 5
    return re.sub(r"`[^`]*`", "", "\n".join(said))


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_with_harm_in_every_field_opens_the_page(kind):
    app = visit(**dict.fromkeys([*FIELDS, *PAGE_FIELDS, SCRIPT], KINDS[kind]))
    assert not app.exception
    config = config_of(app)
    assert Config.from_json(config.to_json()) == config
    for name, widget in widgets_of(app).items():
        if name in FIELDS:
            assert FIELDS[name].check(widget.value) == getattr(config, name)
    words = spoken(app)
    for harm in ("<script", "<img", "<b>", "javascript:", "harmed", "\u202e", "\0"):
        assert harm not in words
    assert len(words) < 20_000


@pytest.mark.parametrize("name", FIELDS)
def test_harm_in_one_field_changes_no_other(name):
    for kind, texts in KINDS.items():
        mended, notes = mend({name: texts}, FIELDS)
        asked = Config.from_query(mended)
        others = {other: getattr(asked, other) for other in FIELDS if other != name}
        assert others == {other: getattr(Config(), other) for other in others}, kind
        assert all(len(note) < 400 for note in notes), kind
