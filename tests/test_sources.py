"""Sources: what may be asked of each, and what each gives; found by their files."""

import dataclasses

import pytest

from bnviz import Config, registry, sources
from bnviz.asked import Asked
from bnviz.snapshot import FIELDS, MOMENTARY, SITES

NAMES = list(registry.entries("sources"))


@pytest.mark.parametrize("name", NAMES)
def test_a_source_has_a_config_of_its_name_and_an_engine(name):
    source = registry.load("sources", name)
    config = source.Config()
    assert isinstance(config, Asked)
    assert config.source == name
    assert sources.config_of(dataclasses.asdict(config)) == config
    assert set(source.MOMENTARY) <= set(source.FIELDS)
    assert name in registry.entries("engines")
    assert registry.entries("sources")[name].label


def test_a_config_that_names_no_source_is_one_of_networks_that_train():
    assert sources.config_of({"gamma": 2.0}) == Config(gamma=2.0)


@pytest.mark.parametrize("name", ["nothing", "", None, 3, ["training"], "x" * 500, "../config"])
def test_an_unknown_source_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match=r"^source must be one of .*training.*, got .{0,50}$"):
        sources.config_of({"source": name})


@pytest.mark.parametrize("values", [None, 3, "text", [1]])
def test_what_is_no_mapping_is_refused(values):
    with pytest.raises(ValueError, match="a config must be an object"):
        sources.config_of(values)


@pytest.mark.parametrize("name", NAMES)
def test_a_config_takes_no_other_source(name):
    others = [other for other in NAMES if other != name] or ["nothing"]
    with pytest.raises(ValueError, match="source must be"):
        registry.load("sources", name).Config(source=others[0])


def test_a_name_stands_for_itself_or_for_all_of_its_sites():
    assert sources.checked_fields("training", ["drift"]) == {"drift"}
    assert sources.checked_fields("training", ["density"]) == {f"density/{site}" for site in SITES}
    assert sources.checked_fields("training", FIELDS) == set(FIELDS)
    assert sources.momentary("training") == MOMENTARY


@pytest.mark.parametrize("name", ["nothing", "density/nowhere", "", "drift/activation"])
def test_an_unknown_field_is_refused_with_the_source(name):
    with pytest.raises(ValueError, match="training has no field"):
        sources.checked_fields("training", ["drift", name])
