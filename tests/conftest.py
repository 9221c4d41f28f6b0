"""What the tests share: one thread, hypothesis without a clock, a small run, and the same run in plain torch."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from torch import nn

from bnviz import Config, datasets, tables

torch.set_num_threads(1)
settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


class MeanOnly(nn.BatchNorm1d):
    """torch's own batch norm, for its running statistics; of its output only the centring is redone."""

    def forward(self, inputs):
        super().forward(inputs)
        mean = inputs.mean(0) if self.training else self.running_mean
        return (inputs - mean) * self.weight + self.bias


class VarianceOnly(nn.BatchNorm1d):
    """torch's own batch norm, for its running statistics; of its output only the division is redone."""

    def forward(self, inputs):
        super().forward(inputs)
        var = inputs.var(0, correction=0) if self.training else self.running_var
        return inputs * torch.rsqrt(var + self.eps) * self.weight + self.bias


class InstanceNorm(nn.Module):
    """torch's own instance norm over channels of neighbouring units, then γ and β for each unit."""

    def __init__(self, width, eps):
        super().__init__()
        self.size = min((size for size in range(4, width) if width % size == 0), default=width)
        self.norm = nn.InstanceNorm1d(width // self.size, eps)
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, inputs):
        channels = inputs.unflatten(1, (-1, self.size))
        return self.norm(channels).flatten(1) * self.weight + self.bias


def group_norm(width, eps):
    return nn.GroupNorm(max(n for n in (1, 2, 3, 4) if width % n == 0 and width // n > 1), width, eps)


NORMALIZERS = {
    "none": lambda config: nn.Identity(),  # noqa: ARG005
    "batch": lambda config: nn.BatchNorm1d(config.width, config.eps, config.momentum),
    "layer": lambda config: nn.LayerNorm(config.width, config.eps),
    "rms": lambda config: nn.RMSNorm(config.width, config.eps),
    "group": lambda config: group_norm(config.width, config.eps),
    "instance": lambda config: InstanceNorm(config.width, config.eps),
    "mean_only": lambda config: MeanOnly(config.width, config.eps, config.momentum),
    "variance_only": lambda config: VarianceOnly(config.width, config.eps, config.momentum),
}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "identity": nn.Identity}


class PlainRun:
    """One arm of a trainer as a torch user would write it: ``nn`` modules, ``torch.optim``, a shuffled loop.

    Takes the starting weights of the trainer's arm and derives data and batches from the seed by itself.
    """

    def __init__(self, trainer, arm):
        config = self.config = trainer.config
        data_seed, _, order_seed = np.random.SeedSequence(config.seed).spawn(3)
        data = datasets.load(config, np.random.default_rng(data_seed))
        dtype = next(trainer.networks[arm].parameters()).dtype
        self.train_inputs, self.test_inputs = (
            torch.from_numpy(inputs).to(dtype) for inputs in (data.train_inputs, data.test_inputs)
        )
        self.train_targets, self.test_targets = map(torch.from_numpy, (data.train_targets, data.test_targets))
        self.shuffle, self.rest_of_pass = np.random.default_rng(order_seed), np.empty(0)

        self.linears = [nn.Linear(m.in_features, m.out_features) for m in linears_of(trainer.networks[arm])]
        for mine, theirs in zip(self.linears, linears_of(trainer.networks[arm]), strict=True):
            mine.load_state_dict(theirs.state_dict())
        self.normalizers = [NORMALIZERS[arm](config) for _ in range(config.depth)]
        blocks = []
        for linear, normalizer in zip(self.linears, self.normalizers, strict=False):
            after = [normalizer, ACTIVATIONS[config.activation]()]
            blocks += [linear, *(after if config.placement == "before" else reversed(after))]
        self.network = nn.Sequential(*blocks, self.linears[-1]).to(dtype)
        parameters = self.network.parameters()
        if config.optimizer == "adam":
            self.optimizer = torch.optim.Adam(parameters, config.learning_rate)
        else:
            self.optimizer = torch.optim.SGD(parameters, config.learning_rate, config.sgd_momentum)

    def batch(self):
        """The next batch: passes over shuffled examples, the remainder of a pass left out."""
        if len(self.rest_of_pass) < self.config.batch_size:
            self.rest_of_pass = self.shuffle.permutation(len(self.train_inputs))
        picked, self.rest_of_pass = np.split(self.rest_of_pass, [self.config.batch_size])
        inputs = self.train_inputs[picked] * self.config.input_scale + self.config.input_shift
        return inputs, self.train_targets[picked]

    def step(self):
        """One optimizer step; gives the loss."""
        inputs, targets = self.batch()
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.network(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def linears_of(network):
    return [module for module in network.modules() if isinstance(module, nn.Linear)]


@pytest.fixture(scope="session")
def plain_run():
    return PlainRun


@pytest.fixture(scope="session")
def plain_normalizers():
    """For each normalizer a function that makes the same with torch's own modules, from a config."""
    return NORMALIZERS


@pytest.fixture(scope="session")
def small():
    """Makes the config of a run that is quick to train, with any settings put in."""
    quick = {"dataset": "spirals", "depth": 3, "width": 16, "batch_size": 32, "device": "cpu"}
    return lambda **settings: Config(**(quick | settings))


@pytest.fixture(scope="session")
def own_table():
    """A user's own table: sixty rows of three classes that lie apart."""
    generator = np.random.default_rng(0)
    targets = np.arange(60) % 3
    inputs = generator.normal(np.stack([targets * 10.0, -targets, targets * 0], axis=1))
    return tables.make(inputs, [f"kind {target}" for target in targets], ["length", "height", "noise"], "kind")


@pytest.fixture(scope="session")
def assert_identical():
    """Asserts that two trainers cannot be told apart: every field of a snapshot and every weight, bit by bit."""

    def check(one, other):
        ours, theirs = one.snapshot(), other.snapshot()
        assert (ours.step, ours.arms, ours.knobs) == (theirs.step, theirs.arms, theirs.knobs)
        assert ours.diverged == theirs.diverged
        assert ours.values.keys() == theirs.values.keys()
        for name, value in ours.values.items():
            np.testing.assert_array_equal(value, theirs.values[name], err_msg=name, strict=True)
        for arm, network in one.networks.items():
            state, same = network.state_dict(), other.networks[arm].state_dict()
            for name, value in state.items():
                np.testing.assert_array_equal(value, same[name], err_msg=f"{arm} {name}")

    return check


@pytest.fixture(scope="session")
def assert_same():
    """Asserts that two nests of dicts, lists, tuples, arrays, tensors and plain values are equal in value and type."""

    def check(one, other):
        assert type(one) is type(other)
        if isinstance(one, dict):
            assert list(one) == list(other)
            check(list(one.values()), list(other.values()))
        elif isinstance(one, (list, tuple)):
            assert len(one) == len(other)
            for mine, theirs in zip(one, other, strict=True):
                check(mine, theirs)
        elif isinstance(one, torch.Tensor):
            check(one.numpy(), other.numpy())
        elif isinstance(one, np.ndarray):
            assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
        else:
            assert one == other or (one != one and other != other)  # noqa: PLR0124  NaN

    return check


# While Playwright is there, asyncio.run() refuses to start: what needs it, and no browser, comes first.
GROUPS = {"test_crowds": "crowds"} | dict.fromkeys(
    ("test_full_disk", "test_network", "test_own_data", "test_proxies", "test_runs"),
    "servers of their own and a browser",
)


def pytest_collection_modifyitems(items):
    """The quick tests first; with several processes, these groups of slow ones go to whichever is free."""
    items.sort(key=lambda item: ("browser" in item.path.parts, item.path.stem != "test_crowds"))
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group(GROUPS.get(item.path.stem, "one server and a browser")))
