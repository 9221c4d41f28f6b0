"""What one server carries, and how the environment sets it."""

import dataclasses

import pytest

from bnviz import Config
from bnviz.live.limits import Limits

FIELDS = dataclasses.fields(Limits)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_limit_is_set_by_the_environment_and_says_what_it_is(field):
    most = field.metadata["most"]
    limits = Limits.from_environment({f"BNVIZ_{field.name.upper()}": f" {most} ", "PATH": "/bin"})
    assert getattr(limits, field.name) == most
    others = [other.name for other in FIELDS if other is not field]
    assert all(getattr(limits, name) == getattr(Limits(), name) for name in others)
    described = limits.described()[field.name]
    assert described["value"] == most
    assert len(described["reason"]) > 10
    assert described["unit"]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("text", ["many", "1e999", "-1", "nan", "0x10", "1" * 400])
def test_what_is_no_limit_stops_the_server_with_its_rule(field, text):
    with pytest.raises(ValueError, match=f"^BNVIZ_{field.name.upper()} must ") as refused:
        Limits.from_environment({f"BNVIZ_{field.name.upper()}": text})
    assert len(str(refused.value)) < 250


def test_an_empty_value_is_none():
    assert Limits.from_environment({"BNVIZ_RUNS": "", "BNVIZ_SLICE_MS": "  "}) == Limits()


def test_one_process_a_core_trains_unless_asked_for_more(monkeypatch):
    monkeypatch.setattr("bnviz.live.limits._cores", lambda: 3)
    assert Limits().worker_count == 3
    monkeypatch.setattr("bnviz.live.limits._cores", lambda: 64)
    assert Limits().worker_count == 8
    assert Limits(workers=20).worker_count == 20


def test_the_estimate_grows_with_all_that_takes_time():
    small = Config()
    larger = [
        dataclasses.replace(small, depth=12), dataclasses.replace(small, width=128),
        dataclasses.replace(small, batch_size=512), dataclasses.replace(small, normalizers=("none", "batch", "layer")),
    ]  # fmt: skip
    assert all(config.turn_ms > small.turn_ms for config in larger)
    assert not Limits().is_heavy(small)
    assert Limits().is_heavy(dataclasses.replace(small, depth=50, width=256))


def test_a_run_at_the_edge_stays_where_it_is():
    config = dataclasses.replace(Config(), depth=50, width=64)
    limits = Limits(heavy_ms=1.5 * config.turn_ms)
    assert not limits.is_heavy(config)
    assert limits.is_heavy(config, was=True)
