import pytest
import torch

from bnviz.optimizers import SGD


def start():
    generator = torch.Generator().manual_seed(0)
    return {name: torch.randn(shape, generator=generator) for name, shape in (("weight", (3, 2)), ("bias", (3,)))}


def gradients(step):
    generator = torch.Generator().manual_seed(100 + step)
    return [torch.randn(3, 2, generator=generator), torch.randn(3, generator=generator)]


def torch_sgd(momentum):
    parameters = {name: torch.nn.Parameter(value) for name, value in start().items()}
    return parameters, torch.optim.SGD(parameters.values(), lr=1.0, momentum=momentum)


def torch_step(parameters, optimizer, step, learning_rate):
    optimizer.param_groups[0]["lr"] = learning_rate
    for parameter, gradient in zip(parameters.values(), gradients(step), strict=True):
        parameter.grad = gradient
    optimizer.step()


def assert_equal(mine, theirs):
    for name, value in mine.items():
        torch.testing.assert_close(value, theirs[name].detach(), rtol=1e-6, atol=1e-6, msg=name)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
def test_sgd_is_that_of_torch_also_while_the_learning_rate_changes(momentum):
    mine, optimizer = start(), SGD()
    theirs, reference = torch_sgd(momentum)
    for step, learning_rate in enumerate([0.1, 0.1, 0.3, 0.01, 0.2]):
        optimizer.step(mine, gradients(step), learning_rate, momentum)
        torch_step(theirs, reference, step, learning_rate)
        assert_equal(mine, theirs)


def test_parameters_are_moved_in_place_and_gradients_left_as_they_are():
    mine, optimizer, given = start(), SGD(), gradients(0)
    places = {name: value.data_ptr() for name, value in mine.items()}
    for _ in range(2):
        optimizer.step(mine, given, 0.1, 0.9)
    assert {name: value.data_ptr() for name, value in mine.items()} == places
    assert all(torch.equal(mine, fresh) for mine, fresh in zip(given, gradients(0), strict=True))


def test_momentum_turned_off_is_forgotten():
    mine, optimizer = start(), SGD()
    for step, momentum in enumerate([0.9, 0.0]):
        optimizer.step(mine, gradients(step), 0.1, momentum)
    expected = {name: value - 0.1 * g for (name, value), g in zip(mine.items(), gradients(2), strict=True)}
    optimizer.step(mine, gradients(2), 0.1, 0.9)
    assert_equal(mine, expected)


def test_to_forget_one_parameter_leaves_the_others_in_motion():
    mine, optimizer = start(), SGD()
    theirs, reference = torch_sgd(0.9)
    for step in range(3):
        if step == 2:
            optimizer.forget("bias")
            del reference.state[theirs["bias"]]
        optimizer.step(mine, gradients(step), 0.1, 0.9)
        torch_step(theirs, reference, step, 0.1)
    assert_equal(mine, theirs)


def test_to_forget_what_was_never_moved_is_nothing():
    SGD().forget("bias")
