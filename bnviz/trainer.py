"""Trainer: twin networks in lockstep. Knows no watcher and no clock."""

import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from bnviz import datasets, statistics
from bnviz.batches import BatchOrder
from bnviz.config import Config
from bnviz.devices import choose_device
from bnviz.history import History
from bnviz.measuring import HeldOut, first_nonfinite, seen, site_fields
from bnviz.networks import Network, build
from bnviz.optimizers import SGD
from bnviz.snapshot import Snapshot, axes, checked_fields
from bnviz.tables import Table

__all__ = ["Snapshot", "Trainer"]

DRIFT_EVERY = 10  # steps; drift and accuracy are recorded on this grid, whether anybody looks or not


class Trainer:
    """Trains the arms of a config in lockstep and measures them.

    All arms start from the same linear weights, see the same batches and use the same optimizer; the seed gives
    three independent streams (data, weights, order of batches). Equal configs, changes and steps give bit-equal
    snapshots on one machine's CPU with one thread, whatever was looked at in between. A config with a user's own table
    says which by its digest, and the table comes with it.
    """

    def __init__(self, config: Config, dtype: torch.dtype = torch.float32, table: Table | None = None) -> None:
        self.config, self.table = config, table
        self.step = 0
        self.device, self.device_note = choose_device(config.device)
        data_seed, weight_seed, order_seed = np.random.SeedSequence(config.seed).spawn(3)
        data = datasets.load(config, np.random.default_rng(data_seed), table)
        weights = torch.Generator().manual_seed(int(weight_seed.generate_state(1)[0]))
        self.networks: dict[str, Network] = build(config, data.features, data.classes, weights, dtype)
        for network in self.networks.values():
            network.to(self.device)
        self._train = self._tensors(data.train_inputs, data.train_targets, dtype)
        self._held_out = HeldOut(*self._tensors(data.test_inputs, data.test_targets, dtype))
        self._order = BatchOrder(len(data.train_inputs), np.random.default_rng(order_seed))
        self._optimizers = {arm: SGD() for arm in self.networks}
        self._train_loss = np.full(len(self.networks), np.nan)
        self.diverged: dict[str, tuple[int, str]] = {}
        self._losses, self._accuracies = History(), History()
        self._apply(config.knobs)
        self._last_sorted: dict[str, list[NDArray[np.floating]]] = {}
        self._drift = np.full((len(self.networks), config.depth), np.nan)
        self._record_grid()

    # ------------------------------------------------------------------ training

    @property
    def waiting(self) -> str | None:
        """Why no step can be made now, in words; None when one can."""
        size = min(self.config.batch_size, self._order.examples)
        for arm, network in self.networks.items():
            least = max(normalizer.min_batch for normalizer in network.normalizers)
            if arm not in self.diverged and size < least:
                return (
                    f"A batch of {size} has no variance, so {arm} norm cannot train on it: "
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
            picked = torch.from_numpy(self._order.next(self.config.batch_size)).to(self.device)
            inputs, targets = seen(self._train[0][picked], self.config), self._train[1][picked]
            for index, (arm, network) in enumerate(self.networks.items()):
                if arm not in self.diverged:
                    self._train_loss[index] = self._train_arm(arm, network, inputs, targets)
            self.step += 1
            self._losses.append(self.step, self._train_loss)
            if self.step % DRIFT_EVERY == 0:
                self._record_grid()

    def _train_arm(self, arm: str, network: Network, inputs: Tensor, targets: Tensor) -> float:
        loss = cross_entropy(network(inputs), targets)
        value = loss.item()
        if not np.isfinite(value):
            self.diverged[arm] = (self.step + 1, first_nonfinite(network, inputs))
            return value
        parameters = {name: value for name, value in network.named_parameters() if value.requires_grad}
        gradients = torch.autograd.grad(loss, list(parameters.values()))
        self._optimizers[arm].step(parameters, gradients, self.config.learning_rate, self.config.sgd_momentum)
        return value

    def change(self, **knobs: Any) -> None:
        """Turn knobs; in force from the next step, and in the next snapshot.

        Raises ValueError for a value that is not allowed and for a field that is not a knob.
        """
        self.config = self.config.change(**knobs)
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

    # ------------------------------------------------------------------ measuring

    def snapshot(self, fields: Iterable[str] | None = None) -> Snapshot:
        """The numbers of this step; with ``fields`` only these. Measuring changes nothing.

        Raises ValueError for an unknown field.
        """
        wanted = checked_fields(fields)
        values: dict[str, Any] = {"train_loss": self._train_loss.copy(), "drift": self._drift.copy()}
        if wanted & {"test_accuracy", "accuracy_history"}:
            values["test_accuracy"] = self._accuracy(running=False)
        if wanted & {"test_accuracy_running", "accuracy_running_history"}:
            values["test_accuracy_running"] = self._accuracy(running=True)
        if wanted & {"loss_steps", "loss_history"}:
            values["loss_steps"] = self._losses.steps
            values["loss_history"] = self._losses.rows.reshape(len(self.networks), -1)
        if wanted & {"accuracy_steps", "accuracy_history", "accuracy_running_history"}:
            values.update(self._accuracy_curves(values))
        values.update(self._site_values(wanted))
        sites = {path.partition("/")[2] for path in values if "/" in path}
        axis = axes(self.config)
        return Snapshot(
            step=self.step,
            arms=tuple(self.networks),
            knobs=self.config.knobs,
            diverged=dict(self.diverged),
            edges={site: axis[site].edges for site in sites},
            values={name: value for name, value in values.items() if name in wanted},
        )

    def _accuracy_curves(self, values: dict[str, Any]) -> dict[str, Any]:
        """The recorded accuracies, and at their end those of now, where they were measured."""
        arms = len(self.networks)
        past = self._accuracies.steps < self.step  # a knob may have changed what was recorded at this very step
        rows = self._accuracies.rows[:, past]
        curves = {"accuracy_steps": np.append(self._accuracies.steps[past], np.int32(self.step))}
        for name, now, part in (
            ("accuracy_history", "test_accuracy", rows[:arms]),
            ("accuracy_running_history", "test_accuracy_running", rows[arms:]),
        ):
            if now in values:
                curves[name] = np.column_stack([part, values[now]]).astype(np.float32)
        return curves

    def _site_values(self, wanted: Iterable[str]) -> dict[str, Any]:
        """The fields of sites among those wanted, ``name/site``, each (arm, layer, …)."""
        names: dict[str, list[str]] = {}
        for path in wanted:
            name, _, site = path.partition("/")
            if site:
                names.setdefault(site, []).append(name)
        collected: dict[str, list[Any]] = {}
        for network in self.networks.values() if names else ():
            for site, measured in self._held_out.probe(network, self.config, names).items():
                for name, part in site_fields(measured, axes(self.config)[site], names[site]).items():
                    collected.setdefault(f"{name}/{site}", []).append(part)
        return {path: np.stack(parts) for path, parts in collected.items()}

    def _accuracy(self, running: bool) -> NDArray[np.float64]:
        networks = self.networks.values()
        return np.array([self._held_out.accuracy(network, self.config, running) for network in networks])

    def _record_grid(self) -> None:
        self._accuracies.append(self.step, [*self._accuracy(running=False), *self._accuracy(running=True)])
        for index, (arm, network) in enumerate(self.networks.items()):
            if arm in self.diverged:
                self._drift[index] = np.nan
                continue
            values = self._held_out.probe(network, self.config, ["affine_output"])["affine_output"]
            now = [np.sort(layer.T, axis=1) for layer in values]
            before = self._last_sorted.get(arm)
            if before is not None:
                pairs = zip(before, now, strict=True)
                self._drift[index] = [statistics.drift(then, there) for then, there in pairs]
            self._last_sorted[arm] = now

    def _tensors(self, inputs: Any, targets: Any, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(inputs).to(self.device, dtype), torch.from_numpy(targets).to(self.device)

    # ------------------------------------------------------------------ keeping

    def save(self) -> bytes:
        """Everything that is needed to go on bit-equally, as bytes that hold tensors and plain values only."""
        state = {
            "config": self.config.to_json(),
            "table": self.table and torch.frombuffer(bytearray(self.table.to_bytes()), dtype=torch.uint8),
            "dtype": str(self._train[0].dtype).removeprefix("torch."),
            "step": self.step,
            "networks": {arm: network.state_dict() for arm, network in self.networks.items()},
            "velocity": {arm: optimizer.velocity for arm, optimizer in self._optimizers.items()},
            "sorted": {arm: [torch.from_numpy(s) for s in layers] for arm, layers in self._last_sorted.items()},
            "drift": torch.from_numpy(self._drift),
            "train_loss": torch.from_numpy(self._train_loss),
            "plain": json.dumps(
                {
                    "order": self._order.save(), "diverged": self.diverged,
                    "losses": self._losses.save(), "accuracies": self._accuracies.save(),
                }
            ),
        }  # fmt: skip
        buffer = io.BytesIO()
        torch.save(state, buffer)
        return buffer.getvalue()

    @classmethod
    def restore(cls, state: bytes) -> "Trainer":
        """A trainer that goes on where ``save`` left off. Nothing in ``state`` is executed."""
        kept = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        table = None if kept["table"] is None else Table.from_bytes(kept["table"].numpy().tobytes())
        trainer = cls(Config.from_json(kept["config"]), getattr(torch, kept["dtype"]), table)
        plain = json.loads(kept["plain"])
        trainer.step = kept["step"]
        for arm, network in trainer.networks.items():
            network.load_state_dict(kept["networks"][arm])
            trainer._optimizers[arm].velocity = {k: v.to(trainer.device) for k, v in kept["velocity"][arm].items()}
        trainer._last_sorted = {arm: [s.numpy() for s in layers] for arm, layers in kept["sorted"].items()}
        trainer._drift, trainer._train_loss = kept["drift"].numpy(), kept["train_loss"].numpy()
        trainer._order.load(plain["order"])
        trainer.diverged = {arm: (step, place) for arm, (step, place) in plain["diverged"].items()}
        trainer._losses = History.restore(plain["losses"])
        trainer._accuracies = History.restore(plain["accuracies"])
        return trainer
