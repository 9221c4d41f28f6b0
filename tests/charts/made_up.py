"""A snapshot's arrays made up for charts: every field, in the shapes and kinds of a real one, without training."""

import numpy as np

from bnviz.snapshot import SITES, axes

SIDE = 24  # of the surface's grid


def made_up(config, points=30, plane=True):
    """Arrays by field, of a run that was recorded at ``points`` steps; values that a network could have."""
    arms, depth = len(config.normalizers), config.depth
    random = np.random.default_rng(0)
    shrinking = np.array([0.75 ** np.arange(depth) if arm == "none" else np.ones(depth) for arm in config.normalizers])
    bare = np.array([arm == "none" for arm in config.normalizers])[:, None]
    noisy = 1 + 0.1 * random.random((arms, depth))
    grid = np.arange(points, dtype=np.int32) * 10
    learned = np.array([0.9 if arm == "none" else 2.5 for arm in config.normalizers])[:, None]
    loss = (2.3 * np.exp(-learned * np.linspace(0, 2, points)) + 0.02).astype(np.float32)
    last = loss[:, -1] if points else np.full(arms, np.nan)
    values = {
        "train_loss": last, "loss_steps": grid, "loss_history": loss, "accuracy_steps": grid,
        "test_accuracy": 1 - last / 3, "test_accuracy_running": 1 - last / 2.5,
        "accuracy_history": 1 - loss / 3, "accuracy_running_history": 1 - loss / 2.5, "grid_steps": grid,
        "percentile_steps": grid,
        "recent_loss": last, "words": "", "flow": "", "ledger": "", "changes": "",
        "signal": 0.6 * shrinking * noisy, "signal_ghost": 0.6 * shrinking, "gradient_rms_ghost": 1e-2 * shrinking**2,
        "growth": np.where(bare, 1.8, 1.2) * np.ones(depth), "weight_gradient": 0.3 * shrinking**2 * noisy,
        "layer_growth": np.column_stack([1.2 * noisy[:, :-1], np.full(arms, np.nan)]),
        "drift": 0.01 / shrinking * noisy, "gradient_rms": 1e-2 * shrinking**2 * noisy,
        "dead": np.linspace(0, 0.4, depth) * np.ones((arms, 1)) if config.activation == "relu" else _nan(arms, depth),
        "saturated": 0.8 * np.ones((arms, depth)) if config.activation in ("tanh", "sigmoid") else _nan(arms, depth),
        "update_ratio": np.log10(2e-3 * shrinking * noisy),
        "gamma_mean": np.where(bare, np.nan, noisy), "gamma_std": np.where(bare, np.nan, noisy / 8),
        "beta_mean": np.where(bare, np.nan, noisy - 1), "beta_std": np.where(bare, np.nan, noisy / 9),
        "gain_mean": np.where(bare, np.nan, 4 * noisy), "gain_std": np.where(bare, np.nan, noisy / 2),
        "running_mean_gap": np.where(bare, np.nan, 0.3 * noisy), "running_std_ratio": np.where(bare, np.nan, noisy),
    }  # fmt: skip
    drift = np.repeat(values["drift"][..., None], points, -1) * np.exp(-np.linspace(0, 3, points))
    drift[..., :1] = np.nan  # nothing to compare with yet
    values["drift_history"] = drift
    middle = np.sin(np.linspace(0, 4, points)) * np.where(bare, 1.5, 0.2)
    values["percentile_history"] = middle[:, None] + np.array([-1, 0, 1])[:, None] * (1 - 0.3 * bare[:, :, None])
    edges = axes(config)["affine_output"].edges
    values["density_history"] = _bump(edges, middle, np.where(bare, 0.4, 1.0))
    for site in SITES:
        edges, std = axes(config)[site].edges, shrinking * noisy
        values |= {
            f"{name}/{site}": value for name, value in {
                "mean": std - 1, "std": std, "distance": abs(std - std[:1]), "below": std / 90, "above": std / 50,
                "lost": np.zeros((arms, depth)), "underflow": np.full((arms, depth), 2),
                "overflow": np.full((arms, depth), 3), "nonfinite": np.zeros((arms, depth), np.int64),
                "percentiles": np.stack([-std, 0 * std, std], -1), "profile": _bump(edges, std - 1, std),
                "ghost": _bump(edges, 0 * std, 0.8 * std), "density": 3 * _bump(edges, std - 1, std).astype(np.int64),
            }.items()
        }  # fmt: skip
    return values | _surface(arms, random, plane)


def _nan(*shape):
    return np.full(shape, np.nan)


def _bump(edges, middle, spread):
    """Histograms (…, bin) as bytes, the peak at 255; bumps around ``middle`` (…)."""
    away = ((edges[1:] + edges[:-1]) / 2 - np.asarray(middle)[..., None]) / np.asarray(spread)[..., None]
    heights = np.exp(-(away**2) / 2)
    return np.round(255 * heights / np.maximum(heights.max(-1, keepdims=True), 1e-300)).astype(np.uint8)


def _surface(arms, random, plane):
    names = ("surface_x", "surface_y", "point_x", "point_y")
    if not plane:
        return {
            **{name: np.zeros(0, np.float32) for name in names},
            "surface": np.zeros((arms, 0, 0), np.uint8), "point_class": np.zeros(0, np.int32),
        }  # fmt: skip
    along = np.linspace(-2, 2, SIDE)
    point_x, point_y = random.normal(0, 0.8, (2, 120))
    curves = np.stack([np.tanh(2 * (along[:, None] - (0.3 + arm) * np.sin(2 * along))) for arm in range(arms)])
    return {
        "surface_x": along, "surface_y": along, "surface": np.round(255 * (curves + 1) / 2).astype(np.uint8),
        "point_x": point_x, "point_y": point_y, "point_class": (point_y > 0.3 * np.sin(2 * point_x)).astype(np.int32),
    }  # fmt: skip
