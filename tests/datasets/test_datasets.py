import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bnviz import Config, datasets, registry, tables
from bnviz.config import FIELDS

NAMES = list(registry.entries("datasets"))
PLANES = [name for name, entry in registry.entries("datasets").items() if entry.plane]
DRAWN = [name for name, entry in registry.entries("datasets").items() if "examples" in entry.takes]
ARRAYS = ("train_inputs", "train_targets", "test_inputs", "test_targets")


def own(rows=400, classes=3):
    """A table whose columns have units of their own."""
    inputs = np.random.default_rng(1).normal([5, -300], [0.1, 70], (rows, 2))
    return tables.make(inputs, [f"class {k % classes}" for k in range(rows)], ["length", "height"], "kind")


TABLE = own()


def load(seed=0, dataset="digits", table=TABLE, **settings):
    given = {"table": table.digest} if dataset == "table" else {}
    return datasets.load(Config(dataset=dataset, **given, **settings), np.random.default_rng(seed), table)


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_numbered_standardized_and_split(name):
    data = load(dataset=name)
    assert data.train_inputs.dtype == data.test_inputs.dtype == np.float32
    assert data.train_targets.dtype == data.test_targets.dtype == np.int64
    assert data.train_inputs.shape == (len(data.train_targets), data.features)
    assert data.test_inputs.shape == (len(data.test_targets), data.features)
    assert set(data.train_targets) == set(data.test_targets) == set(range(data.classes))
    np.testing.assert_allclose(data.train_inputs.mean(0, np.float64), 0, atol=1e-6)
    assert (data.train_inputs.std(0, dtype=np.float64) < 1 + 1e-5).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_generator_alone_decides(name, noise):
    one, same, other = (load(seed, dataset=name, noise=noise) for seed in (3, 3, 4))
    for array in ARRAYS:
        np.testing.assert_array_equal(getattr(one, array), getattr(same, array))
    assert not np.array_equal(one.train_inputs, other.train_inputs)


@pytest.mark.parametrize("name", NAMES)
def test_noise_has_the_spread_asked_for_and_moves_no_example_to_another_place(name):
    clean, noisy = load(dataset=name), load(dataset=name, noise=0.5)
    np.testing.assert_array_equal(noisy.train_targets, clean.train_targets)
    np.testing.assert_array_equal(noisy.test_targets, clean.test_targets)
    for part in ("train_inputs", "test_inputs"):
        added = getattr(noisy, part) - getattr(clean, part)
        assert getattr(noisy, part).dtype == np.float32
        assert added.std() == pytest.approx(0.5, rel=0.1)
        assert abs(added.mean()) < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_noise_is_drawn_for_every_example_and_every_seed_anew(name):
    draws = []
    for seed in (3, 4):
        clean, noisy = load(seed, dataset=name), load(seed, dataset=name, noise=0.5)
        draws += [getattr(noisy, part)[:100] - getattr(clean, part)[:100] for part in ("train_inputs", "test_inputs")]
    for one, other in itertools.combinations(draws, 2):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_a_quarter_is_held_out_and_no_example_is_lost_or_doubled(name):
    raw = load(dataset=name, scaling="raw")
    count = len(raw.train_inputs) + len(raw.test_inputs)
    assert len(raw.test_inputs) == -(-count // 4)
    module, entry = registry.load("datasets", name), registry.entries("datasets")[name]
    given = {name: {"examples": 2000, "table": TABLE}[name] for name in entry.takes}
    examples = module.load(np.random.default_rng(0), **given)
    rows = [
        sorted([*map(float, row), int(target)] for row, target in zip(inputs, targets, strict=True))
        for inputs, targets in (
            (np.concatenate([raw.train_inputs, raw.test_inputs]),
             np.concatenate([raw.train_targets, raw.test_targets])),
            (examples.inputs.astype(np.float32), examples.targets),
        )
    ]  # fmt: skip
    assert rows[0] == rows[1]


@pytest.mark.parametrize("name", NAMES)
def test_standardized_inputs_are_the_raw_ones_in_units_of_the_training_examples(name):
    raw, data = load(3, name, scaling="raw"), load(3, name)
    floor = 0.1 if name == "digits" else 0
    train = raw.train_inputs.astype(np.float64)
    mean = train.sum(0) / len(train)
    std = np.sqrt(((train - mean) ** 2).sum(0) / len(train))
    for part in ("train_inputs", "test_inputs"):
        expected = (getattr(raw, part) - mean) / (std + floor)
        np.testing.assert_allclose(getattr(data, part), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(raw.train_targets, data.train_targets)


def test_raw_inputs_are_in_their_own_units():
    data = load(dataset="table", scaling="raw")
    np.testing.assert_allclose(data.train_inputs.mean(0), [5, -300], rtol=0.1)
    digits = load(scaling="raw")
    assert (digits.train_inputs.min(), digits.train_inputs.max()) == (0, 16)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("examples", [100, 101, 5000])
def test_as_many_points_are_drawn_as_asked_for_and_the_classes_are_as_many(name, examples):
    data = load(dataset=name, examples=examples)
    targets = np.concatenate([data.train_targets, data.test_targets])
    assert len(targets) == examples
    assert sorted(np.bincount(targets)) == [examples // 2, -(-examples // 2)]


@pytest.mark.parametrize("name", PLANES)
def test_a_plane_is_two_classes_of_points(name):
    data = load(dataset=name)
    assert (data.features, data.classes) == (2, 2)
    assert (data.train_inputs.shape, data.test_inputs.shape) == ((1500, 2), (500, 2))


def test_the_planes_are_there_and_every_data_set_asks_for_fields():
    assert {"moons", "circles", "xor", "gaussians", "spirals"} <= set(PLANES)
    assert all(name in FIELDS for entry in registry.entries("datasets").values() for name in entry.takes)


def test_more_are_not_held_out_than_can_be_measured_again_and_again():
    data = load(dataset="table", table=own(rows=30_000))
    assert (len(data.test_inputs), len(data.train_inputs)) == (5000, 25_000)


# ---------------------------------------------------------------------- standardizing


def test_standardizing_takes_mean_and_spread_from_the_training_examples():
    train = np.array([[0.0, 5.0], [1.0, 5.0], [5.0, 5.0]])
    inputs = np.array([*train, [10.0, 7.0]])
    found = datasets.standardized(inputs, train, floor=0.5)
    std = ((4 + 1 + 9) / 3) ** 0.5
    np.testing.assert_allclose(found[:, 0], [(x - 2) / (std + 0.5) for x in (0, 1, 5, 10)])
    np.testing.assert_allclose(found[:, 1], [0, 0, 0, (7 - 5) / 0.5])


def test_a_feature_that_never_varies_is_only_shifted():
    """The mean of many 0.1 is not 0.1: its spread would be some 1e-17, and one other value astronomically far."""
    train = np.full((1000, 1), 0.1)
    assert train.std() > 0
    found = datasets.standardized(np.array([[0.1], [1.1]]), train, floor=0.0)
    np.testing.assert_allclose(found, [[0], [1]], atol=1e-12)


@given(arrays(np.float32, (12, 2), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_any_table_gives_finite_inputs(inputs):
    table = tables.make(inputs, ["a", "b"] * 6, ["x", "y"], "label")
    data = load(dataset="table", table=table)
    assert np.isfinite(data.train_inputs).all()
    assert np.isfinite(data.test_inputs).all()
    assert np.abs(data.train_inputs).max() <= 12**0.5  # no value is further than √n standard deviations


# ---------------------------------------------------------------------- the table


def test_a_table_that_is_not_there_or_another_one_is_refused():
    with pytest.raises(ValueError, match=r"^The server holds no such table; choose the file again\.$"):
        datasets.load(Config(dataset="table", table=TABLE.digest), np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"^the config asks for the table '{'0' * 32}', got '{TABLE.digest}': give"):
        datasets.load(Config(dataset="table", table="0" * 32), np.random.default_rng(0), TABLE)


def test_a_table_need_not_be_named():
    named, unnamed = (
        datasets.load(Config(dataset="table", table=digest), np.random.default_rng(0), TABLE)
        for digest in (TABLE.digest, "")
    )
    assert np.array_equal(named.train_inputs, unnamed.train_inputs)


def test_data_sets_that_are_no_tables_do_without_one():
    assert load(table=TABLE).classes == 10  # others do without
