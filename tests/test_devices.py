import pytest
import torch

from bnviz.devices import choose_device


@pytest.fixture
def machine(monkeypatch):
    """Pretends that the machine has so many CUDA devices, and an Apple GPU or none."""

    def pretend(cuda, mps):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("cuda", "mps", "asked", "chosen"),
    [
        (0, False, "auto", "cpu"),
        (0, True, "auto", "cpu"),
        (2, False, "auto", "cuda:0"),
        (2, True, "auto", "cuda:0"),
        (2, True, "cpu", "cpu"),
        (2, False, "cuda:1", "cuda:1"),
        (0, True, "mps", "mps"),
    ],
)
def test_a_device_that_is_there_is_chosen_without_a_word(machine, cuda, mps, asked, chosen):
    machine(cuda, mps)
    assert choose_device(asked) == (torch.device(chosen), "")


@pytest.mark.parametrize(("cuda", "asked"), [(0, "cuda:0"), (2, "cuda:2"), (2, "mps")])
def test_a_device_that_is_not_there_is_replaced_by_the_cpu_in_words(machine, cuda, asked):
    machine(cuda, mps=False)
    sentence = f"The device {asked} is not there; the networks train on the CPU."
    assert choose_device(asked) == (torch.device("cpu"), sentence)
