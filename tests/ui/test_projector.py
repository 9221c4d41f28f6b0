"""The projector's large type, on every page with charts."""

from pathlib import Path

import pytest

from tests.ui.visiting import PAGES, mounts_of, visit

WITH_CHARTS = [page for page in sorted(PAGES.glob("*.py")) if page.stem != "watch"]


def scales(app):
    return {mount["chart"]["scale"] for mount in mounts_of(app) if mount["kind"] == "chart"}


@pytest.mark.parametrize("page", WITH_CHARTS, ids=lambda page: page.stem)
def test_its_switch_enlarges_every_chart_and_the_page(page: Path):
    plain, large = visit(page), visit(page, projector="on")
    assert not large.exception
    assert not large.warning
    assert scales(plain) == {1}
    assert len(scales(large)) == 1
    assert scales(large).pop() > 1
    type_sizes = [element.proto.body for element in large.get("html") if "font-size" in element.proto.body]
    assert any("html {" in body for body in type_sizes)
