"""Both optimizers against those of torch, in float64, while the learning rate changes."""

import io

import pytest
import torch
from torch import nn

from bnviz import optimizers
from bnviz.config import FIELDS
from bnviz.parameters import Parameters

NAMES = list(FIELDS["optimizer"].range.options())
KINDS = [("sgd", 0.0), ("sgd", 0.5), ("sgd", 0.99), ("adam", 0.0)]  # with SGD's momentum
RATES = [0.1, 0.1, 0.3, 0.01, 0.2, 0.2, 0.05, 1.0]
every_kind = pytest.mark.parametrize(("name", "momentum"), KINDS)


def start():
    generator = torch.Generator().manual_seed(0)
    shapes = {"0.weight": (3, 2), "0.bias": (3,)}
    return {name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()}


def gradients(step):
    """Of every size, and none at all for one weight."""
    generator = torch.Generator().manual_seed(100 + step)
    weight, bias = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((3, 2), (3,)))
    weight[0] *= 1e-6
    weight[1] *= 1e3
    bias[0] = 0
    return [weight, bias]


class Mine:
    """An optimizer of this package and the parameters that it moves."""

    def __init__(self, name, momentum=0.0, values=None):
        self.network = nn.Sequential(nn.Linear(2, 3, dtype=torch.float64))
        self.network.load_state_dict(values or start())
        self.parameters = Parameters(self.network)
        self.optimizer, self.momentum = optimizers.make(name, self.parameters), momentum

    @property
    def values(self):
        """What every parameter is now, by its name."""
        return {name: value.clone() for name, value in self.network.state_dict().items()}

    def train(self, names):
        """Only these parameters from now on."""
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name in names)
        self.parameters.note_trained()

    def step(self, step, learning_rate):
        for name, gradient in zip(self.values, gradients(step), strict=True):
            self.parameters.part(self.parameters.gradients, name).copy_(gradient)
        self.optimizer.step(learning_rate, self.momentum)

    def proposed(self, step, learning_rate, momentum=None):
        """The change of every parameter, by its name."""
        pairs = zip(self.values, gradients(step), strict=True)
        momentum = self.momentum if momentum is None else momentum
        return {name: self.optimizer.proposed(name, gradient, learning_rate, momentum) for name, gradient in pairs}

    def run(self, first, last):
        """The steps from ``first`` to before ``last``, each with its own gradients and learning rate."""
        for step in range(first, last):
            self.step(step, RATES[step])
        return self


class Torch:
    """The optimizer of torch and its parameters."""

    def __init__(self, name, momentum):
        self.parameters = {name: nn.Parameter(value) for name, value in start().items()}
        if name == "adam":
            self.optimizer = torch.optim.Adam(self.parameters.values())
        else:
            self.optimizer = torch.optim.SGD(self.parameters.values(), momentum=momentum)

    def step(self, step, learning_rate, trained=("0.weight", "0.bias")):
        self.optimizer.param_groups[0]["lr"] = learning_rate
        for (name, parameter), gradient in zip(self.parameters.items(), gradients(step), strict=True):
            parameter.grad = gradient if name in trained else None
        self.optimizer.step()


def assert_equal(mine, theirs):
    for name, value in mine.items():
        torch.testing.assert_close(value, theirs[name].detach(), rtol=1e-12, atol=1e-12, msg=name)


def assert_identical(one, other):
    assert all(torch.equal(value, other[name]) for name, value in one.items())


# ---------------------------------------------------------------------- steps


@every_kind
def test_a_run_is_that_of_torch_also_while_the_learning_rate_changes(name, momentum):
    mine, theirs = Mine(name, momentum), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        mine.step(step, learning_rate)
        theirs.step(step, learning_rate)
        assert_equal(mine.values, theirs.parameters)


@every_kind
def test_parameters_are_moved_in_place_and_gradients_left_as_they_are(name, momentum):
    mine = Mine(name, momentum)
    places = [value.data_ptr() for value in mine.network.parameters()]
    for _ in range(2):
        mine.step(0, 0.1)
    assert [value.data_ptr() for value in mine.network.parameters()] == places
    expected = dict(zip(start(), gradients(0), strict=True))
    assert_identical(expected, {key: mine.parameters.part(mine.parameters.gradients, key) for key in expected})


def test_momentum_turned_off_is_forgotten():
    mine = Mine("sgd")
    for step, mine.momentum in enumerate([0.9, 0.0]):
        mine.step(step, 0.1)
    expected = {name: value - 0.1 * g for (name, value), g in zip(mine.values.items(), gradients(2), strict=True)}
    mine.momentum = 0.9
    mine.step(2, 0.1)
    assert_equal(mine.values, expected)


def test_the_momentum_of_sgd_has_no_part_in_adam():
    assert_identical(Mine("adam", 0.0).run(0, 5).values, Mine("adam", 0.9).run(0, 5).values)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_size_of_the_gradient():
    """Down to gradients of the size of ε, which is 1e-8."""
    mine, before = Mine("adam"), start()
    mine.step(0, 0.25)
    told = gradients(0)[0].abs() > 1e-7
    assert told.all()
    steps = (mine.values["0.weight"] - before["0.weight"]).abs()
    torch.testing.assert_close(steps, torch.full_like(steps, 0.25), rtol=0.1, atol=0)
    assert mine.values["0.bias"][0] == before["0.bias"][0]  # a gradient of 0


# ---------------------------------------------------------------------- proposed changes


@every_kind
def test_the_proposed_change_is_the_one_that_the_step_makes(name, momentum):
    mine = Mine(name, momentum)
    for step, learning_rate in enumerate(RATES):
        proposed, before = mine.proposed(step, learning_rate), mine.values
        mine.step(step, learning_rate)
        assert_equal(mine.values, {name: before[name] + change for name, change in proposed.items()})


@every_kind
def test_proposing_changes_nothing(name, momentum):
    asked, undisturbed = Mine(name, momentum), Mine(name, momentum)
    for step, learning_rate in enumerate(RATES):
        for other in (0.0, 0.5):  # also when asked under another momentum
            asked.proposed(step, 0.7, other)
        assert_identical(asked.values, undisturbed.values)
        for mine in (asked, undisturbed):
            mine.step(step, learning_rate)
        assert_identical(asked.values, undisturbed.values)


@pytest.mark.parametrize("name", NAMES)
def test_changes_are_numbers_alone_and_need_no_gradients_of_their_own(name):
    mine = Mine(name, 0.9)
    assert not any(change.requires_grad for change in mine.proposed(0, 0.1).values())
    mine.step(0, 0.1)
    assert all(parameter.requires_grad and parameter.grad is None for parameter in mine.network.parameters())


# ---------------------------------------------------------------------- forgetting and keeping


@every_kind
def test_to_forget_one_parameter_leaves_the_others_in_motion(name, momentum):
    mine, theirs = Mine(name, momentum), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        if step == 3:
            mine.optimizer.forget("0.bias")
            theirs.optimizer.state.pop(theirs.parameters["0.bias"], None)
        mine.step(step, learning_rate)
        theirs.step(step, learning_rate)
        assert_equal(mine.values, theirs.parameters)


@every_kind
@pytest.mark.parametrize("trained", ["0.weight", "0.bias"])
def test_a_parameter_that_is_not_trained_for_a_while_is_that_of_torch_without_a_gradient(name, momentum, trained):
    mine, theirs = Mine(name, momentum), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        names = [trained] if step in (2, 3, 4) else list(mine.values)
        mine.train(names)
        mine.step(step, learning_rate)
        theirs.step(step, learning_rate, names)
        assert_equal(mine.values, theirs.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_to_forget_what_was_never_moved_is_nothing(name):
    mine = Mine(name, 0.9)
    mine.optimizer.forget("0.bias")
    assert_identical(mine.run(0, 3).values, Mine(name, 0.9).run(0, 3).values)


@every_kind
@pytest.mark.parametrize("first", [0, 4])
def test_a_loaded_optimizer_goes_on_bit_by_bit_and_what_was_saved_stays(name, momentum, first):
    mine = Mine(name, momentum).run(0, first)
    mine.optimizer.forget("0.bias")  # so that the parameters have made different numbers of steps
    mine.run(first, first + 1)
    kept, at_saving = mine.optimizer.save(), mine.values
    buffer = io.BytesIO()
    torch.save(kept, buffer)
    mine.run(first + 1, len(RATES))

    buffer.seek(0)
    for state in (kept, torch.load(buffer, weights_only=True)):
        twin = Mine(name, momentum, at_saving)
        twin.optimizer.load(state)
        assert_identical(mine.values, twin.run(first + 1, len(RATES)).values)


def test_every_optimizer_that_can_be_chosen_is_there_and_no_other():
    assert len({type(Mine(name).optimizer) for name in NAMES}) == len(NAMES)
    with pytest.raises(ValueError, match=r"^unknown optimizer: 'lion'; choose one of sgd, adam$"):
        Mine("lion")
