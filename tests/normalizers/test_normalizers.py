import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch.nn.functional import cross_entropy

from bnviz import normalizers, registry

NAMES = list(registry.entries("normalizers"))  # a new file is tested without being named here
WIDTH = 5  # a prime
WIDTHS = (2, 3, 4, 5, 6, 8, 9, 12, 61)

# Eighths, so that sums are exact: a unit is either constant or spread by far more than rounding.
EIGHTHS = st.integers(-800, 800).map(lambda eighths: eighths / 8)
BATCHES = st.integers(2, 12).flatmap(lambda size: arrays.arrays(np.float64, (size, WIDTH), elements=EIGHTHS))


def make(name, width=WIDTH, eps=1e-5):
    """A normalizer in float64 with γ and β drawn at random, that has seen some batches."""
    module = normalizers.make(name, width).double()
    module.eps = eps
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator)
        for _ in range(3):
            module(3 * torch.randn(8, width, generator=generator, dtype=torch.float64) + 1)
    return module


def affine(module, width=WIDTH):
    """γ and β as arrays, 1 and 0 where there is none."""
    gamma = np.ones(width) if module.weight is None else module.weight.detach().numpy()
    beta = np.zeros(width) if module.bias is None else module.bias.detach().numpy()
    return gamma, beta


def random_groups(groups=4, size=6, width=WIDTH, seed=0):
    return 10 * np.random.default_rng(seed).normal(1, 2, size=(groups, size, width))


@pytest.mark.parametrize("eps", [1e-8, 1e-5, 10.0])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_equals_the_module_in_training(name, width, eps):
    module, reference = make(name, width, eps), registry.load("normalizers", name).reference
    for inputs in random_groups(width=width):
        outputs = module(torch.from_numpy(inputs)).detach().numpy()
        expected = reference(inputs, *affine(module, width), eps)
        np.testing.assert_allclose(expected, outputs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(inputs=BATCHES)
def test_the_reference_equals_the_module_on_any_batch(name, inputs):
    module, reference = make(name), registry.load("normalizers", name).reference
    outputs = module(torch.from_numpy(inputs)).detach().numpy()
    np.testing.assert_allclose(reference(inputs, *affine(module), 1e-5), outputs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_normalized_is_the_reference_of_each_group_by_itself(name, width):
    module, reference = make(name, width), registry.load("normalizers", name).reference
    groups = random_groups(width=width)
    normalized = module.normalized(torch.from_numpy(groups), running=False).detach().numpy()
    for group, found in zip(groups, normalized, strict=True):
        np.testing.assert_allclose(found, reference(group, np.ones(width), np.zeros(width), 1e-5), atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_normalized_with_running_statistics_is_the_module_in_evaluation(name):
    module, groups = make(name).eval(), torch.from_numpy(random_groups())
    gamma, beta = map(torch.from_numpy, affine(module))
    found = module.normalized(groups, running=True) * gamma + beta
    torch.testing.assert_close(found, torch.stack([module(group) for group in groups]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_measuring_changes_nothing(name, running):
    module, groups = make(name), torch.from_numpy(random_groups())
    before, seen = copy.deepcopy(module.state_dict()), groups.clone()
    module.normalized(groups, running)
    module.scale(groups, running)
    assert torch.equal(groups, seen)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
def test_running_statistics_are_kept_where_the_normalizer_says_so(name):
    module, groups = make(name), torch.from_numpy(random_groups())
    choices = [module.normalized(groups, running) for running in (False, True)]
    assert torch.equal(*choices) != module.running_statistics
    assert bool(list(module.buffers())) == module.running_statistics


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_batch_is_where_training_starts_to_be_possible(name):
    module = make(name)
    smallest = torch.arange(module.min_batch * WIDTH, dtype=torch.float64).reshape(module.min_batch, WIDTH)
    assert module(smallest).isfinite().all()
    if module.min_batch > 1:
        words = "Expected more than 1 value per channel|need 2 examples or more .* got inputs of shape .*larger batch"
        with pytest.raises(ValueError, match=words):
            module(smallest[1:])


@pytest.mark.parametrize("name", NAMES)
def test_a_new_normalizer_has_gamma_one_and_beta_zero_where_it_has_them(name):
    module = normalizers.make(name, WIDTH)
    has = (module.weight is not None, module.bias is not None)
    assert has == {"none": (False, False), "rms": (True, False)}.get(name, (True, True))
    gamma, beta = affine(module)
    assert (gamma.tolist(), beta.tolist()) == ([1] * WIDTH, [0] * WIDTH)
    assert module.eps == (0 if name == "none" else 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_group_of_one_can_be_measured(name):
    inputs = torch.from_numpy(random_groups(size=1))
    assert make(name).normalized(inputs, running=False).isfinite().all()


@pytest.mark.parametrize("name", NAMES)
@given(inputs=BATCHES, shuffle=st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(name, inputs, shuffle):
    module, order = make(name), list(range(len(inputs)))
    shuffle.shuffle(order)
    outputs, shuffled = (module(torch.from_numpy(x)).detach().numpy() for x in (inputs, inputs[order]))
    np.testing.assert_allclose(shuffled, outputs[order], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@given(inputs=BATCHES)
def test_evaluation_is_blind_to_batch_mates(name, inputs):
    module, company = make(name).eval(), torch.from_numpy(inputs)
    alone = torch.cat([module(example[None]) for example in company])
    torch.testing.assert_close(module(company), alone, rtol=1e-12, atol=1e-12)
    one_group = module.normalized(company[None], running=True)[0]
    groups_of_one = module.normalized(company[:, None], running=True)[:, 0]
    torch.testing.assert_close(one_group, groups_of_one, rtol=1e-12, atol=1e-12)


@given(inputs=BATCHES, scale=st.floats(0.1, 1000), shift=st.floats(-10, 10))
def test_batch_norm_does_not_see_a_positive_scale_or_a_shift_of_its_inputs(inputs, scale, shift):
    module, groups = make("batch", eps=1e-12), torch.from_numpy(inputs)[None]
    plain, moved = (module.normalized(x, running=False) for x in (groups, scale * groups + shift))
    torch.testing.assert_close(moved, plain, rtol=0, atol=1e-6)


# Whether x̂ stays the same when all inputs are multiplied by a positive number, and when one is added to all of them.
BLIND_TO = {
    "none": (False, False), "batch": (True, True), "layer": (True, True), "group": (True, True),
    "instance": (True, True), "rms": (True, False), "mean_only": (False, True), "variance_only": (True, False),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_normalizer_is_blind_to_scale_or_shift_as_it_should_be(name):
    module, groups = make(name, eps=1e-12), torch.from_numpy(random_groups())
    plain, scaled, shifted = (module.normalized(x, running=False) for x in (groups, 7 * groups, groups + 7))
    found = tuple(torch.allclose(moved, plain, rtol=1e-9, atol=1e-9) for moved in (scaled, shifted))
    assert found == BLIND_TO[name]


@pytest.mark.parametrize("name", [name for name, (scale, _) in BLIND_TO.items() if scale])
@given(inputs=BATCHES, scale=st.floats(0.1, 1000))
def test_a_positive_scale_is_not_seen_wherever_there_is_a_spread(name, inputs, scale):
    module, groups = make(name, eps=1e-12), torch.from_numpy(inputs)[None]
    plain, moved = (module.normalized(x, running=False) for x in (groups, scale * groups))
    spread = module.scale(groups, running=False).expand_as(groups) > 1e-3
    torch.testing.assert_close(moved[spread], plain[spread], rtol=1e-6, atol=1e-6)


@given(inputs=BATCHES)
def test_batch_norm_bounds_its_values_by_the_root_of_the_batch_size_less_one(inputs):
    normalized = make("batch", eps=1e-12).normalized(torch.from_numpy(inputs)[None], running=False)
    assert normalized.abs().max() <= np.sqrt(len(inputs) - 1) + 1e-9


@pytest.mark.parametrize("name", [name for name, (_, shift) in BLIND_TO.items() if shift])
def test_a_large_mean_does_not_spoil_the_variance(name):
    """As it would if the variance were taken for the mean of the squares less the square of the mean."""
    inputs = np.round(random_groups(groups=1)[0]) / 8  # so that adding the mean is exact
    reference, units = registry.load("normalizers", name).reference, (np.ones(WIDTH), np.zeros(WIDTH))
    expected = reference(inputs, *units, 1e-5)
    np.testing.assert_allclose(reference(inputs + 2.0**30, *units, 1e-5), expected, atol=1e-6)
    shifted = torch.from_numpy(inputs + 2.0**12).float()
    np.testing.assert_allclose(make(name).normalized(shifted[None], running=False)[0], expected, atol=1e-3)


@pytest.mark.parametrize("size", [2, 5, 64])
def test_the_bound_of_batch_norm_is_reached_by_one_against_all_others(size):
    inputs = torch.zeros(1, size, WIDTH, dtype=torch.float64)
    inputs[0, 0] = 1
    normalized = make("batch", eps=1e-12).normalized(inputs, running=False)
    assert normalized.max().item() == pytest.approx(np.sqrt(size - 1), rel=1e-6)


def test_batch_norm_centres_units_over_examples_and_layer_norm_examples_over_units():
    groups = torch.from_numpy(random_groups())
    for name, axis in (("batch", 1), ("layer", 2)):
        normalized = make(name, eps=1e-12).normalized(groups, running=False)
        np.testing.assert_allclose(normalized.mean(axis), 0, atol=1e-12)
        np.testing.assert_allclose(normalized.var(axis, correction=0), 1, atol=1e-9)


def test_running_statistics_take_the_unbiased_variance_and_weigh_the_new_batch_by_momentum():
    module = normalizers.make("batch", WIDTH).double()
    module.momentum = 0.25
    mean, variance = np.zeros(WIDTH), np.ones(WIDTH)
    for inputs in random_groups():
        module(torch.from_numpy(inputs))
        mean = 0.75 * mean + 0.25 * inputs.mean(0)
        variance = 0.75 * variance + 0.25 * inputs.var(0, ddof=1)
    np.testing.assert_allclose(module.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(module.running_var, variance, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_the_measuring_path_are_those_of_the_module(name):
    module = make(name)
    gradients = []
    for measured in (False, True):
        inputs = torch.from_numpy(random_groups(groups=1)[0]).requires_grad_()
        outputs = module(inputs) if not measured else module.normalized(inputs[None], running=False)[0]
        if measured:
            outputs = outputs * (1 if module.weight is None else module.weight)
            outputs = outputs + (0 if module.bias is None else module.bias)
        cross_entropy(outputs, torch.arange(6) % WIDTH).backward()
        gradients.append(inputs.grad)
    torch.testing.assert_close(*gradients, rtol=1e-9, atol=1e-12)
