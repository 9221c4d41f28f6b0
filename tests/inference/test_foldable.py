"""The statistics of the whole training set, of linear layers and of convolutions, against torch's own pass."""

import copy

import pytest
import torch
from torch import nn


@torch.no_grad()
@pytest.mark.parametrize("name", ["linear", "convolutional"])
def test_re_estimated_statistics_are_those_that_one_pass_of_torch_in_train_mode_stores(convolved, name):
    look = convolved.look()
    foldable = {"linear": look.trained.linear, "convolutional": look.convolutional}[name]
    network = copy.deepcopy(foldable.modules(foldable.weights, foldable.batches.running(0.1))).train()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network(foldable.examples.train_inputs)
    for (mean, var), norm in zip(foldable.whole, norms, strict=True):
        torch.testing.assert_close(mean, norm.running_mean, rtol=1e-5, atol=1e-5)
        # A biased variance of the 1347 examples would be smaller by 7e-4 of it.
        torch.testing.assert_close(var, norm.running_var, rtol=1e-4, atol=1e-5)


def test_what_is_measured_while_it_trains_is_the_same(convolved):
    trained = convolved.look().trained
    for layer, (mean, var) in enumerate(trained.linear.whole):
        assert trained.gathered.whole_means[-1, layer].tolist() == mean.tolist()
        assert trained.gathered.whole_vars[-1, layer].tolist() == var.tolist()
