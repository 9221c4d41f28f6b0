"""Every setting with a control on a page is obeyed in a link to it, at once, on every page."""

import dataclasses

import pytest

from bnviz import registry
from bnviz.fields import Choice, Number
from tests.ui.visiting import PAGES, mounts_of, visit, widgets_of

SOURCES = {
    "covariate_shift": "training", "gradients": "training", "transform": "transform", "convolution": "convolution",
    "inference": "inference",
}  # fmt: skip


def another(field):
    """A value that the field may have besides its default; None where there is none."""
    allowed = field.range
    if isinstance(allowed, Number):
        return next((value for value in (allowed.minimum, allowed.maximum) if value != field.default), None)
    if isinstance(allowed, Choice):
        return next((name for name in allowed.options() if name != field.default), None)
    return None


@pytest.mark.parametrize("page", SOURCES)
def test_a_link_is_obeyed_by_what_is_asked_of_the_server(page):
    kind = registry.load("sources", SOURCES[page]).Config
    for name in widgets_of(visit(PAGES / f"{page}.py")).keys() & kind.fields().keys():
        field = kind.fields()[name]
        value = another(field)
        asked = kind.nearest({name: value}) if value is not None else None
        if asked is None or getattr(asked, name) != value or name in ("dataset", "device"):
            continue  # it depends on others, or on what there is
        if not field.matters(dataclasses.asdict(asked)):
            continue
        found = {mount["run"]["config"][name] for mount in mounts_of(visit(PAGES / f"{page}.py", **{name: str(value)}))}
        assert found == {value}, name
