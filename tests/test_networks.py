import copy
import itertools
import math
import weakref

import pytest
import torch
from torch import nn

from bnviz import registry
from bnviz.config import FIELDS
from bnviz.networks import ACTIVATION_GRADIENTS, ACTIVATIONS, GAINS, IN_PLACE, Layer, build
from bnviz.snapshot import SITES

NORMALIZERS = list(registry.entries("normalizers"))
OPTIONS = {name: list(FIELDS[name].range.options()) for name in ("activation", "placement", "init")}
COMBINATIONS = list(itertools.product(*OPTIONS.values()))


def networks(small, seed=0, features=7, classes=4, **settings):
    config = small(**{"normalizers": ("none", "batch")} | settings)
    return build(config, features, classes, torch.Generator().manual_seed(seed), torch.float64)


def examples(count=12, groups=(), seed=1):
    return torch.randn(*groups, count, 7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def lived_in(network):
    """The network after some training batches, with γ and β that are not all 1 and 0."""
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for normalizer in network.normalizers:
            for parameter in normalizer.parameters():
                parameter.normal_(1, 0.5, generator=generator)
        for seed in range(3):
            network(examples(seed=10 + seed))
    return network


def linears(network):
    return [module for module in network.modules() if isinstance(module, nn.Linear)]


# ---------------------------------------------------------------------- forward and measure


@pytest.mark.parametrize(("activation", "placement", "init"), COMBINATIONS)
@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_measuring_gives_the_logits_of_training_and_of_evaluation(small, normalizer, activation, placement, init):
    settings = {"activation": activation, "placement": placement, "init": init}
    network, inputs = lived_in(networks(small, normalizers=[normalizer], **settings)[normalizer]), examples()
    *_, (_, in_evaluation) = network.measure(inputs[None], running=True)
    torch.testing.assert_close(in_evaluation["logits"][0], network.eval()(inputs), rtol=1e-12, atol=1e-12)
    *_, (_, in_training) = network.measure(inputs[None], running=False)
    torch.testing.assert_close(in_training["logits"][0], network.train()(inputs), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("placement", OPTIONS["placement"])
@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_sites_follow_from_each_other(small, normalizer, placement, running):
    settings = {"placement": placement, "activation": "tanh"}
    network = lived_in(networks(small, normalizers=[normalizer], **settings)[normalizer])
    flowing = examples(groups=(3,))
    for number, (place, values) in enumerate(network.measure(flowing, running)):
        if place == "output":
            torch.testing.assert_close(values["logits"], network.output(flowing))
            break
        assert (place, tuple(values)) == (f"layer {number + 1}", SITES)
        linear, module = linears(network)[number], network.normalizers[number]
        pre_activation, normalized, affine_output, activation = values.values()
        torch.testing.assert_close(pre_activation, linear(flowing))
        before = placement == "before"
        torch.testing.assert_close(activation, torch.tanh(affine_output if before else pre_activation))
        torch.testing.assert_close(normalized, module.normalized(pre_activation if before else activation, running))
        gamma = 1 if module.weight is None else module.weight
        beta = 0 if module.bias is None else module.bias
        torch.testing.assert_close(affine_output, gamma * normalized + beta)
        flowing = activation if before else affine_output
    assert number == 3


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(
    ("activation", "placement"), list(itertools.product(OPTIONS["activation"], OPTIONS["placement"]))
)
def test_logits_and_affine_outputs_are_those_of_measuring(small, activation, placement, running):
    settings = {"activation": activation, "placement": placement}
    for network in networks(small, normalizers=("none", "batch", "rms", "group"), **settings).values():
        groups = examples(groups=(3,))
        *layers, (_, last) = lived_in(network).measure(groups, running)
        affine_outputs = torch.empty(3, 16, 20, dtype=torch.float64)  # of the first 20 of 36 examples
        assert torch.equal(network.logits(groups, running), last["logits"])
        assert torch.equal(network.logits(groups, running, affine_outputs), last["logits"])
        expected = [values["affine_output"].flatten(0, 1)[:20].T for _, values in layers]
        assert torch.equal(affine_outputs, torch.stack(expected))


def test_of_what_comes_before_the_logits_nothing_is_kept(small, monkeypatch):
    """Of fifty wide layers over thousands of held-out examples it would take more than a gigabyte."""
    refs, alive, outputs = [], [], Layer.outputs

    def watched(self, *inputs):
        values = outputs(self, *inputs)
        refs.append(weakref.ref(values))
        alive.append(sum(ref() is not None for ref in refs))
        return values

    monkeypatch.setattr(Layer, "outputs", watched)
    networks(small, depth=9)["batch"].logits(examples(groups=(3,)), running=False)
    assert len(refs) == 9
    assert max(alive) <= 2  # of this layer and the one before


def test_without_a_normalizer_the_first_three_sites_are_equal(small):
    for _, values in itertools.islice(networks(small)["none"].measure(examples(groups=(2,)), running=False), 3):
        assert torch.equal(values["pre_activation"], values["normalized"])
        assert torch.equal(values["pre_activation"], values["affine_output"])


@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_groups_do_not_see_each_other(small, normalizer):
    network, groups = lived_in(networks(small, normalizers=[normalizer])[normalizer]), examples(groups=(4,))
    together = list(network.measure(groups, running=False))
    for index, group in enumerate(groups):
        for (_, values), (_, alone) in zip(together, network.measure(group[None], running=False), strict=True):
            for site, value in values.items():
                torch.testing.assert_close(value[index], alone[site][0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_measuring_leaves_no_trace(small, normalizer, running):
    torch.manual_seed(5)
    network, groups = lived_in(networks(small, normalizers=[normalizer])[normalizer]), examples(groups=(4,))
    before, stream = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    for _, values in network.measure(groups, running):
        assert not any(value.requires_grad for value in values.values())
    assert torch.is_grad_enabled()
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), stream)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


# ---------------------------------------------------------------------- the start


@pytest.mark.parametrize("init", OPTIONS["init"])
@pytest.mark.parametrize("normalizers", [NORMALIZERS[:4], NORMALIZERS[4:]], ids="-".join)
def test_all_arms_start_from_the_same_linear_weights_and_own_them(small, normalizers, init):
    arms = networks(small, normalizers=normalizers, init=init)
    first, *others = (linears(network) for network in arms.values())
    for other in others:
        for mine, theirs in zip(first, other, strict=True):
            assert torch.equal(mine.weight, theirs.weight)
            assert torch.equal(mine.bias, theirs.bias)
            assert mine.weight.data_ptr() != theirs.weight.data_ptr()


@pytest.mark.parametrize(
    "normalizers", [[name] for name in NORMALIZERS] + [["layer", "batch"], ["rms", "none", "group"]]
)
def test_the_weights_do_not_depend_on_the_company(small, normalizers):
    alone = linears(networks(small, normalizers=["none"])["none"])
    for network in networks(small, normalizers=normalizers).values():
        assert all(torch.equal(a.weight, b.weight) for a, b in zip(alone, linears(network), strict=True))


def test_the_weights_come_from_the_generator_and_from_no_global_stream(small):
    torch.manual_seed(987)  # a state that no earlier test has left behind
    stream = torch.get_rng_state()
    one, same, other = (networks(small, seed)["batch"].output.weight for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), stream)


def test_layers_have_the_width_and_the_output_is_not_normalized(small):
    network = networks(small, depth=4, width=9)["batch"]
    shapes = [(linear.in_features, linear.out_features) for linear in linears(network)]
    assert shapes == [(7, 9), (9, 9), (9, 9), (9, 9), (9, 4)]
    assert len(network.normalizers) == 4


def test_the_start_of_pytorch_fills_its_interval_evenly(small):
    for linear in linears(networks(small, width=256, init="torch")["none"]):
        bound = 1 / math.sqrt(linear.in_features)
        for drawn in (linear.weight, linear.bias):
            assert drawn.abs().max() <= bound
            assert drawn.numel() < 100 or drawn.min() < -0.8 * bound < 0.8 * bound < drawn.max()
        assert linear.weight.abs().max() > 0.98 * bound
        assert linear.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.05)
        reference = nn.Linear(linear.in_features, linear.out_features)
        assert linear.weight.std().item() == pytest.approx(reference.weight.std().item(), rel=0.1)


@pytest.mark.parametrize("activation", OPTIONS["activation"])
def test_the_scaled_start_has_the_gain_of_the_activation_and_no_bias(small, activation):
    *hidden, output = linears(networks(small, width=256, init="gain", activation=activation)["none"])
    for linear in hidden:
        std = GAINS[activation] / math.sqrt(linear.in_features)
        assert linear.weight.std().item() == pytest.approx(std, rel=0.05)
    assert output.weight.std().item() == pytest.approx(1 / 16, rel=0.1)
    assert not any(linear.bias.any() for linear in (*hidden, output))


@pytest.mark.parametrize("activation", OPTIONS["activation"])
def test_gains_are_those_of_torch_and_for_gelu_keep_the_mean_square(activation):
    if activation == "gelu":
        z = torch.linspace(-12, 12, 100_001, dtype=torch.float64)
        density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
        mean_square = torch.trapezoid(ACTIVATIONS["gelu"](z).square() * density, z).item()
        assert GAINS["gelu"] == pytest.approx(1 / math.sqrt(mean_square), abs=1e-4)
    else:
        name = "linear" if activation == "identity" else activation
        assert GAINS[activation] == pytest.approx(nn.init.calculate_gain(name))


def test_the_scale_of_the_start_multiplies_the_hidden_weights_alone(small):
    plain, scaled = (linears(networks(small, init="gain", init_gain=gain)["none"]) for gain in (1.0, 5.0))
    for before, after in zip(plain[:-1], scaled[:-1], strict=True):
        torch.testing.assert_close(after.weight, 5 * before.weight, rtol=1e-6, atol=0)
    assert torch.equal(plain[-1].weight, scaled[-1].weight)


def test_the_scale_of_the_start_leaves_that_of_pytorch_alone(small):
    plain, scaled = (linears(networks(small, init="torch", init_gain=gain)["none"]) for gain in (1.0, 5.0))
    assert all(torch.equal(a.weight, b.weight) for a, b in zip(plain, scaled, strict=True))


def test_every_activation_that_can_be_chosen_has_a_function_and_a_gain():
    assert set(OPTIONS["activation"]) == set(ACTIVATIONS) == set(GAINS) == set(IN_PLACE) == set(ACTIVATION_GRADIENTS)


# ---------------------------------------------------------------------- what a normalizer does not see of the weights

BLIND_TO_SCALE = {"batch", "layer", "group", "instance", "rms", "variance_only"}
BLIND_TO_BIAS = {"batch", "mean_only"}  # of each unit: over units, others see what is not the same for all
SCALES = (0.01, 0.5, 3.0, 1000.0)


def passed(network, inputs):
    """The logits, and the loss's gradients of the weights and biases of the second layer."""
    linear = linears(network)[1]
    logits = network(inputs)
    loss = nn.functional.cross_entropy(logits, torch.arange(len(inputs)) % 4)
    return logits.detach(), *torch.autograd.grad(loss, [linear.weight, linear.bias])


def exact(small, normalizer, **settings):
    """A network with hardly an ε, of which nothing is left in float64."""
    network = lived_in(networks(small, normalizers=[normalizer], **settings)[normalizer])
    for module in network.normalizers:
        module.eps = 1e-20
    return network


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_the_scale_of_weights_is_not_seen_and_divides_their_gradient(small, normalizer, activation, scale):
    """Ioffe & Szegedy 2015, section 3.3: BN((aW) u) = BN(W u), and ∂BN((aW) u)/∂(aW) = 1/a · ∂BN(W u)/∂W."""
    network = exact(small, normalizer, activation=activation)
    logits, *gradients = passed(network, examples())
    with torch.no_grad():
        for parameter in linears(network)[1].parameters():
            parameter.mul_(scale)
    scaled_logits, *scaled_gradients = passed(network, examples())
    same = torch.allclose(scaled_logits, logits, rtol=1e-9, atol=1e-9)
    assert same == (normalizer in BLIND_TO_SCALE)
    if same:
        for mine, theirs in zip(scaled_gradients, gradients, strict=True):
            torch.testing.assert_close(mine, theirs / scale, rtol=1e-8, atol=1e-10 / scale)


@pytest.mark.parametrize("normalizer", sorted(BLIND_TO_SCALE))
def test_what_would_only_scale_the_weights_is_no_part_of_their_gradient(small, normalizer):
    network = exact(small, normalizer, activation="tanh")
    _, *gradients = passed(network, examples())
    along = sum((p * g).sum() for p, g in zip(linears(network)[1].parameters(), gradients, strict=True))
    size = sum(p.norm() * g.norm() for p, g in zip(linears(network)[1].parameters(), gradients, strict=True))
    assert size > 1e-3
    assert abs(along) < 1e-10 * size


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_a_bias_before_batch_norm_cancels_and_gets_no_gradient(small, normalizer, activation):
    network = exact(small, normalizer, activation=activation)
    logits, weights_gradient, bias_gradient = passed(network, examples())
    with torch.no_grad():
        linears(network)[1].bias.add_(torch.linspace(-3, 5, 16, dtype=torch.float64))
    moved_logits, moved_weights_gradient, _ = passed(network, examples())
    same = torch.allclose(moved_logits, logits, rtol=1e-9, atol=1e-9)
    assert same == (normalizer in BLIND_TO_BIAS)
    assert (bias_gradient.abs().max() < 1e-12) == same
    if same:
        torch.testing.assert_close(moved_weights_gradient, weights_gradient, rtol=1e-8, atol=1e-10)
