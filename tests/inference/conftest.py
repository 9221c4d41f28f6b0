"""Networks that are trained once, as the page opens, and again while few steps were made."""

import pytest

from bnviz.engines.inference import Engine
from bnviz.sources.inference import Config

CONVOLVED = {"steps": 30, "folded": "convolution"}


def trained(**settings):
    engine = Engine(Config(**settings))
    while engine.trains:
        engine.advance()
    return engine


@pytest.fixture(scope="session")
def full():
    """Trained as the page opens; whoever turns its knobs puts them back."""
    return trained()


@pytest.fixture
def engine(full):
    yield full
    full.change(**Config().knobs)


@pytest.fixture(scope="session")
def short():
    """Trained for 30 steps."""
    return trained(steps=30)


@pytest.fixture(scope="session")
def convolved():
    """Trained for 30 steps, the convolutional network too; whoever turns its knobs puts them back."""
    return trained(**CONVOLVED)
