"""Trainer: twin networks in lockstep. Knows no watcher and no clock."""

import math
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz import datasets, keeping, optimizers, registry
from bnviz.backpropagation import backpropagation
from bnviz.batches import BatchOrder
from bnviz.change_log import ChangeLog
from bnviz.config import Config
from bnviz.devices import choose_device
from bnviz.looking import Look
from bnviz.measuring import HeldOut, first_nonfinite, seen
from bnviz.networks import Network, build
from bnviz.parameters import Parameters
from bnviz.record import EVERY, Ghost, Record
from bnviz.snapshot import GHOSTS, Change, Snapshot, checked_fields
from bnviz.surface import Plane
from bnviz.tables import Table

__all__ = ["Snapshot", "Trainer"]

CHOOSING = frozenset(("layer", "unit"))  # knobs that choose among what is measured, and do not move it


class Trainer:
    """Trains the arms of a config in lockstep and measures them.

    All arms start from the same linear weights, see the same batches and use the same optimizer; the seed gives
    three independent streams (data, weights, order of batches). Equal configs, changes and steps give bit-equal
    snapshots on one machine's CPU with one thread, whatever was looked at in between. A config with a user's own table
    says which by its digest, and the table comes with it.
    """

    trains = True

    def __init__(self, config: Config, dtype: torch.dtype = torch.float32, table: Table | None = None) -> None:
        self.config, self.table = config, table
        self.step = 0
        self.device, self.device_note = choose_device(config.device)
        data_seed, weight_seed, order_seed = np.random.SeedSequence(config.seed).spawn(3)
        data = datasets.load(config, np.random.default_rng(data_seed), table)
        weights = torch.Generator().manual_seed(int(weight_seed.generate_state(1)[0]))
        self.networks: dict[str, Network] = build(config, data.features, data.classes, weights, dtype)
        self._least = {
            arm: max(normalizer.min_batch for normalizer in network.normalizers)
            for arm, network in self.networks.items()
        }
        for network in self.networks.values():
            network.to(self.device)
        self._train = self._tensors(data.train_inputs, data.train_targets, dtype)
        held_out = self._tensors(data.test_inputs, data.test_targets, dtype)
        self.examples = {"train": self._train, "held out": held_out}  # inputs, unscaled by knobs, and targets
        self._held_out, self._plane = HeldOut(*held_out), Plane(*held_out, data.classes)
        self._order = BatchOrder(len(data.train_inputs), np.random.default_rng(order_seed))
        self._parameters = {arm: Parameters(network) for arm, network in self.networks.items()}
        self._backpropagation = {
            arm: backpropagation(network, self._parameters[arm]) for arm, network in self.networks.items()
        }
        self._optimizers = {arm: optimizers.make(config.optimizer, self._parameters[arm]) for arm in self.networks}
        self._train_loss = np.full(len(self.networks), np.nan)
        self.diverged: dict[str, tuple[int, str]] = {}
        self._log = ChangeLog()
        self.record = Record(config)
        self._apply(config.knobs)
        self._batch = torch.from_numpy(self._order.upcoming(config.batch_size)).to(self.device)  # none was the last yet
        self._measure_grid()
        self.mark_ghost()

    @property
    def changes(self) -> list[Change]:
        """The knobs that were turned, as far back as is remembered."""
        return self._log.changes

    # ------------------------------------------------------------------ training

    @property
    def waiting(self) -> str | None:
        """Why no step can be made now, in words; None when one can."""
        size = min(self.config.batch_size, self._order.examples)
        for arm, least in self._least.items():
            if arm not in self.diverged and size < least:
                label = registry.entries("normalizers")[arm].label
                return (
                    f"A batch of {size} has no variance, so “{label}” cannot train on it: "
                    f"more than one value per unit is needed. Choose a batch size of {least} or more."
                )
        return None

    @property
    def finished(self) -> bool:
        """Whether every arm has diverged, so that nothing is left to train."""
        return len(self.diverged) == len(self.networks)

    def advance(self, steps: int = 1) -> None:
        """Make optimizer steps, every arm in lockstep; an arm whose loss is not finite stops where it is.

        Raises ValueError while ``waiting``.
        """
        for _ in range(steps):
            if self.waiting:
                raise ValueError(self.waiting)
            self._batch = torch.from_numpy(self._order.next(self.config.batch_size)).to(self.device)
            inputs, targets = (part.index_select(0, self._batch) for part in self._train)
            inputs = seen(inputs, self.config)
            for index, (arm, network) in enumerate(self.networks.items()):
                if arm not in self.diverged:
                    self._train_loss[index] = self._train_arm(arm, network, inputs, targets)
            self.step += 1
            self.record.trained(self.step, self._train_loss)
            if self.step % EVERY == 0:
                self._measure_grid()

    def _train_arm(self, arm: str, network: Network, inputs: Tensor, targets: Tensor) -> float:
        loss = self._backpropagation[arm](inputs, targets)
        if math.isfinite(loss):
            self._optimizers[arm].step(self.config.learning_rate, self.config.sgd_momentum)
        else:
            self.diverged[arm] = (self.step + 1, first_nonfinite(network, inputs))
        return loss

    def change(self, **knobs: Any) -> None:
        """Turn knobs; in force from the next step, and in the next snapshot.

        Raises ValueError for a value that is not allowed and for a field that is not a knob.
        """
        config = self.config.change(**knobs)
        if knobs.keys() - CHOOSING:
            self.record.latest.make_sure()
        before, self.config = self.config.knobs, config
        now = {name: self.config.knobs[name] for name in knobs}
        if {"gamma", "beta"} & now.keys() or any(before[name] != value for name, value in now.items()):
            # γ and β may have learned since, so that the same value changes them too
            self._log.add(Change(self.step, {name: before[name] for name in now}, now))
        self._apply(knobs)

    @torch.no_grad()
    def _apply(self, changed: Iterable[str]) -> None:
        config = self.config
        held = config.affine == "held"
        for arm, network in self.networks.items():
            for number, normalizer in enumerate(network.normalizers, start=1):
                normalizer.eps = config.eps
                if normalizer.running_statistics:
                    normalizer.momentum = config.momentum  # type: ignore[attr-defined]
                meant = config.affine_layer in ("all", str(number))
                for knob, part in (("gamma", "weight"), ("beta", "bias")):
                    parameter = getattr(normalizer, part)
                    if parameter is None:
                        continue
                    parameter.requires_grad_(not (held and meant))
                    if meant and (held or knob in changed):
                        parameter.fill_(getattr(config, knob))
                        self._optimizers[arm].forget(f"layers.{number - 1}.normalizer.{part}")
            self._parameters[arm].note_trained()

    # ------------------------------------------------------------------ measuring

    def snapshot(self, fields: Iterable[str] | None = None) -> Snapshot:
        """The numbers of this step; with ``fields`` only these. Measuring changes nothing.

        Raises ValueError for an unknown field.
        """
        return self.look().snapshot(checked_fields(fields))

    @property
    def ghost(self) -> Ghost:
        """The step and the numbers of what is drawn behind those to come."""
        return self.record.ghost

    @ghost.setter
    def ghost(self, ghost: Ghost) -> None:
        self.record.ghost = ghost

    def mark_ghost(self, look: Look | None = None, fields: Collection[str] = frozenset(GHOSTS)) -> None:
        """Remember the distributions and gradients of now, the ghost behind those to come. ``look`` is one of now.

        Of all that a ghost can hold, or only of what is among these ``fields``: it costs as much as a frame. With one
        site's distributions go those of all: another may be looked at next.
        """
        sites = any(name.startswith("ghost/") for name in fields)
        shown = {name: path for name, path in GHOSTS.items() if name in fields or (sites and name.startswith("ghost/"))}
        now = (look or self.look()).snapshot(shown.values())
        self.ghost = (self.step, {name: now.values[path] for name, path in shown.items()})

    def look(self) -> Look:
        """What gives snapshots of this moment, and is over with the next step or change."""
        inputs, targets = self._train
        return Look(
            self.step, self.config, self.networks, self._optimizers, self._backpropagation, self.diverged, self.waiting,
            (seen(inputs[self._batch], self.config), targets[self._batch]), self._train_loss,
            self._held_out, self._plane, self.record, self.changes,
        )  # fmt: skip

    def _measure_grid(self) -> None:
        turned = (change.step for change in reversed(self.changes) if change.now.keys() - CHOOSING)
        self.record.measure(self.step, self._probed(), self._accuracies, next(turned, 0))

    def _probed(self) -> Callable[[], NDArray[np.floating]]:
        """What gives the values of the probe, (arm, layer, unit, example), as they are now, until a knob is turned.

        Most are never asked for: it is enough to keep the weights. NaN for an arm that has diverged.
        """
        config, lost = self.config, [arm in self.diverged for arm in self.networks]
        kept = {arm: parameters.values.clone() for arm, parameters in self._parameters.items()}

        def values() -> NDArray[np.floating]:
            with ExitStack() as back_then:
                for arm, parameters in self._parameters.items():
                    back_then.enter_context(parameters.standing_at(kept[arm]))
                found = self._held_out.affine_outputs(self.networks, config)
            found[lost] = np.nan
            return found

        if config.statistics == "running":  # these move on beside the weights
            now = values()
            return lambda: now
        return values

    def _accuracies(self) -> dict[str, NDArray[np.float64]]:
        batch = self._held_out.accuracy(self.networks, self.config)
        return {"batch": batch, "running": self._held_out.running_accuracy(self.networks, self.config, batch)}

    def _tensors(self, inputs: Any, targets: Any, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(inputs).to(self.device, dtype), torch.from_numpy(targets).to(self.device)

    # ------------------------------------------------------------------ keeping

    def checkpoint(self) -> bytes:
        """What is needed to stand here again: all state but the record of the steps before."""
        return keeping.to_bytes(self._state() | {"now": self.record.save_now()})

    def save(self) -> bytes:
        """Everything that is needed to go on bit-equally, as bytes that hold tensors and plain values only."""
        table = self.table and np.frombuffer(self.table.to_bytes(), np.uint8)
        return keeping.to_bytes(self._state() | {"record": self.record.save(), "log": self._log.save(), "table": table})

    def _state(self) -> dict[str, Any]:
        return {
            "config": self.config.to_json(),
            "dtype": str(self._train[0].dtype).removeprefix("torch."),
            "step": self.step,
            "networks": {arm: network.state_dict() for arm, network in self.networks.items()},
            "optimizers": {arm: optimizer.save() for arm, optimizer in self._optimizers.items()},
            "train_loss": self._train_loss,
            "batch": self._batch,
            "order": self._order.save(),
            "diverged": self.diverged,
            "changes": self._log.count,
        }

    @classmethod
    def restore(cls, state: bytes) -> "Trainer":
        """A trainer that goes on where ``save`` left off. Nothing in ``state`` is executed."""
        kept = keeping.from_bytes(state)
        table = None if kept["table"] is None else Table.from_bytes(kept["table"].tobytes())
        trainer = cls(Config.from_json(kept["config"]), getattr(torch, kept["dtype"]), table)
        trainer._stand(kept)
        trainer.record.load(kept["record"])
        trainer._log.load(kept["log"], kept["changes"])
        return trainer

    def rewind(self, checkpoint: bytes) -> list[Change]:
        """Stand again where this run was at a checkpoint; gives the changes undone, in order.

        The checkpoint is one of the grid, taken before a knob was turned there: drift counts from what it shows.
        Raises ValueError for one of another step, and when the changes since then are no longer all known.
        """
        kept = keeping.from_bytes(checkpoint)
        if kept["step"] % EVERY:
            raise ValueError(f"a run goes back to multiples of {EVERY} steps, got {kept['step']}; choose one")
        undone = self._log.take_back(kept["changes"])
        self.config = Config.from_json(kept["config"])
        self._stand(kept)
        self.record.rewind(self.step, self._probed(), kept["now"])
        return undone

    def _stand(self, kept: dict[str, Any]) -> None:
        self.step, self._train_loss = kept["step"], kept["train_loss"]
        self._batch = kept["batch"].to(self.device)
        self._order.load(kept["order"])
        self.diverged = {arm: (step, place) for arm, (step, place) in kept["diverged"].items()}
        for arm, network in self.networks.items():
            network.load_state_dict(kept["networks"][arm])
            self._optimizers[arm].load(kept["optimizers"][arm])
        self._apply(())
