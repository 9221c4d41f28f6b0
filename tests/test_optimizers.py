"""Both optimizers against those of torch, in float64, while the learning rate changes."""

import io

import pytest
import torch

from bnviz import optimizers
from bnviz.config import FIELDS
from bnviz.optimizers import SGD

NAMES = list(FIELDS["optimizer"].range.options())
KINDS = [("sgd", 0.0), ("sgd", 0.5), ("sgd", 0.99), ("adam", 0.0)]  # with SGD's momentum
RATES = [0.1, 0.1, 0.3, 0.01, 0.2, 0.2, 0.05, 1.0]
every_kind = pytest.mark.parametrize(("name", "momentum"), KINDS)


def start():
    generator = torch.Generator().manual_seed(0)
    shapes = {"weight": (3, 2), "bias": (3,)}
    return {name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()}


def gradients(step):
    """Of every size, and none at all for one weight."""
    generator = torch.Generator().manual_seed(100 + step)
    weight, bias = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((3, 2), (3,)))
    weight[0] *= 1e-6
    weight[1] *= 1e3
    bias[0] = 0
    return [weight, bias]


class Torch:
    """The optimizer of torch and its parameters."""

    def __init__(self, name, momentum):
        self.parameters = {name: torch.nn.Parameter(value) for name, value in start().items()}
        if name == "adam":
            self.optimizer = torch.optim.Adam(self.parameters.values())
        else:
            self.optimizer = torch.optim.SGD(self.parameters.values(), momentum=momentum)

    def step(self, step, learning_rate, trained=("weight", "bias")):
        self.optimizer.param_groups[0]["lr"] = learning_rate
        for (name, parameter), gradient in zip(self.parameters.items(), gradients(step), strict=True):
            parameter.grad = gradient if name in trained else None
        self.optimizer.step()


def assert_equal(mine, theirs):
    for name, value in mine.items():
        torch.testing.assert_close(value, theirs[name].detach(), rtol=1e-12, atol=1e-12, msg=name)


def assert_identical(one, other):
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def run(optimizer, parameters, momentum, first, last):
    """The steps from ``first`` to before ``last``, each with its own gradients and learning rate."""
    for step in range(first, last):
        optimizer.step(parameters, gradients(step), RATES[step], momentum)


# ---------------------------------------------------------------------- steps


@every_kind
def test_a_run_is_that_of_torch_also_while_the_learning_rate_changes(name, momentum):
    mine, optimizer, theirs = start(), optimizers.make(name), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        optimizer.step(mine, gradients(step), learning_rate, momentum)
        theirs.step(step, learning_rate)
        assert_equal(mine, theirs.parameters)


@every_kind
def test_parameters_are_moved_in_place_and_gradients_left_as_they_are(name, momentum):
    mine, optimizer, given = start(), optimizers.make(name), gradients(0)
    places = {name: value.data_ptr() for name, value in mine.items()}
    for _ in range(2):
        optimizer.step(mine, given, 0.1, momentum)
    assert {name: value.data_ptr() for name, value in mine.items()} == places
    assert all(torch.equal(mine, fresh) for mine, fresh in zip(given, gradients(0), strict=True))


def test_momentum_turned_off_is_forgotten():
    mine, optimizer = start(), SGD()
    for step, momentum in enumerate([0.9, 0.0]):
        optimizer.step(mine, gradients(step), 0.1, momentum)
    expected = {name: value - 0.1 * g for (name, value), g in zip(mine.items(), gradients(2), strict=True)}
    optimizer.step(mine, gradients(2), 0.1, 0.9)
    assert_equal(mine, expected)


def test_the_momentum_of_sgd_has_no_part_in_adam():
    one, other = start(), start()
    run(optimizers.make("adam"), one, 0.0, 0, 5)
    run(optimizers.make("adam"), other, 0.9, 0, 5)
    assert_identical(one, other)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_size_of_the_gradient():
    """Down to gradients of the size of ε, which is 1e-8."""
    moved, before = start(), start()
    optimizers.make("adam").step(moved, gradients(0), 0.25, 0.0)
    told = gradients(0)[0].abs() > 1e-7
    assert told.all()
    steps = (moved["weight"] - before["weight"]).abs()
    torch.testing.assert_close(steps, torch.full_like(steps, 0.25), rtol=0.1, atol=0)
    assert moved["bias"][0] == before["bias"][0]  # a gradient of 0


# ---------------------------------------------------------------------- proposed changes


@every_kind
def test_the_proposed_change_is_the_one_that_the_step_makes(name, momentum):
    mine, optimizer = start(), optimizers.make(name)
    for step, learning_rate in enumerate(RATES):
        proposed = optimizer.proposed(mine, gradients(step), learning_rate, momentum)
        before = {name: value.clone() for name, value in mine.items()}
        optimizer.step(mine, gradients(step), learning_rate, momentum)
        assert_equal(mine, {name: before[name] + change for name, change in zip(mine, proposed, strict=True)})


@every_kind
def test_proposing_changes_nothing(name, momentum):
    asked, undisturbed = (optimizers.make(name) for _ in range(2))
    mine, theirs = start(), start()
    for step, learning_rate in enumerate(RATES):
        given = gradients(step)
        for other in (0.0, 0.5):  # also when asked under another momentum
            asked.proposed(mine, given, 0.7, other)
        assert_identical(dict(enumerate(given)), dict(enumerate(gradients(step))))
        assert_identical(mine, theirs)
        asked.step(mine, given, learning_rate, momentum)
        undisturbed.step(theirs, gradients(step), learning_rate, momentum)
        assert_identical(mine, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_changes_are_numbers_alone_and_need_no_gradients_of_their_own(name):
    parameters = {name: torch.nn.Parameter(value) for name, value in start().items()}
    optimizer = optimizers.make(name)
    assert not any(change.requires_grad for change in optimizer.proposed(parameters, gradients(0), 0.1, 0.9))
    optimizer.step(parameters, gradients(0), 0.1, 0.9)
    assert all(parameter.requires_grad and parameter.grad is None for parameter in parameters.values())


# ---------------------------------------------------------------------- forgetting and keeping


@every_kind
def test_to_forget_one_parameter_leaves_the_others_in_motion(name, momentum):
    mine, optimizer, theirs = start(), optimizers.make(name), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        if step == 3:
            optimizer.forget("bias")
            theirs.optimizer.state.pop(theirs.parameters["bias"], None)
        optimizer.step(mine, gradients(step), learning_rate, momentum)
        theirs.step(step, learning_rate)
        assert_equal(mine, theirs.parameters)


@every_kind
def test_a_parameter_that_is_not_trained_for_a_while_is_that_of_torch_without_a_gradient(name, momentum):
    mine, optimizer, theirs = start(), optimizers.make(name), Torch(name, momentum)
    for step, learning_rate in enumerate(RATES):
        trained = {"bias": mine["bias"]} if step in (2, 3, 4) else mine
        optimizer.step(trained, gradients(step)[-len(trained) :], learning_rate, momentum)
        theirs.step(step, learning_rate, trained)
        assert_equal(mine, theirs.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_to_forget_what_was_never_moved_is_nothing(name):
    mine, forgetful, theirs = start(), optimizers.make(name), start()
    forgetful.forget("bias")
    run(forgetful, mine, 0.9, 0, 3)
    run(optimizers.make(name), theirs, 0.9, 0, 3)
    assert_identical(mine, theirs)


@every_kind
@pytest.mark.parametrize("first", [0, 4])
def test_a_loaded_optimizer_goes_on_bit_by_bit_and_what_was_saved_stays(name, momentum, first):
    mine, optimizer = start(), optimizers.make(name)
    run(optimizer, mine, momentum, 0, first)
    optimizer.forget("bias")  # so that the parameters have made different numbers of steps
    run(optimizer, mine, momentum, first, first + 1)
    kept, at_saving = optimizer.save(), {name: value.clone() for name, value in mine.items()}
    buffer = io.BytesIO()
    torch.save(kept, buffer)
    run(optimizer, mine, momentum, first + 1, len(RATES))

    buffer.seek(0)
    for state in (kept, torch.load(buffer, weights_only=True)):
        twin, theirs = optimizers.make(name), {name: value.clone() for name, value in at_saving.items()}
        twin.load(state)
        run(twin, theirs, momentum, first + 1, len(RATES))
        assert_identical(mine, theirs)


def test_every_optimizer_that_can_be_chosen_is_there_and_no_other():
    assert len({type(optimizers.make(name)) for name in NAMES}) == len(NAMES)
    with pytest.raises(ValueError, match=r"^unknown optimizer: 'lion'; choose one of sgd, adam$"):
        optimizers.make("lion")
