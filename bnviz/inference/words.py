"""Words: what is measured on trained networks, as lines with numbers. Each is computed for the knobs as they stand."""

from typing import TYPE_CHECKING

from bnviz.inference import estimates
from bnviz.inference.evaluation import EPS

if TYPE_CHECKING:
    from bnviz.inference.looking import Look

NO_EPS = 1e-30  # ATen wants an ε; this one is lost in rounding


def percent(share: float) -> str:
    """A share with one decimal: ``97.8%``."""
    return f"{100 * share:.1f}%"


def number(value: float) -> str:
    """A number with three decimals and a proper minus: ``−0.159``."""
    return f"{round(float(value), 3) + 0.0:.3f}".replace("-", "−")  # + 0.0 takes the sign of −0.0


def signed(value: float) -> str:
    """The same as a summand: `` + 0.115``, `` − 0.159``."""
    return f" {'−' if value < 0 else '+'} {abs(value):.3f}"


def progress(look: "Look") -> str:
    """How far the training is, and what the networks reach as they stand."""
    step, steps = look.trained.step, look.config.steps
    if step < steps:
        return f"Training: step {step} of {steps}. Everything below moves with it."
    none, layer = look.trained.other_accuracies
    return (
        f"Trained for {steps} steps of {look.config.batch_size} examples. Of the {len(look.trained.targets)} held-out "
        f"digits classified rightly: {percent(none)} without normalization, {percent(look.eval_accuracy)} with batch "
        f"norm in eval mode, {percent(layer)} with layer norm."
    )


def of_unit(look: "Look") -> str:
    """The unit's three statistics, how late the running ones are, and what is m/(m − 1)."""
    config, gathered = look.config, look.trained.gathered
    if not len(gathered.means):
        return "No batch has been seen yet."
    size, momentum, steps = config.batch_size, config.momentum, look.trained.step
    unbiased = float(look.of_unit(gathered.unbiased_vars)[-1])
    whole_mean, whole_var = look.trained.whole[config.layer - 1]
    left = (1 - momentum) ** steps
    return "\n".join([
        f"Layer {config.layer}, unit {config.unit}, at step {steps}. Mean: "
        f"{number(look.of_unit(gathered.means)[-1])} in this batch, {number(look.mean_course[-1])} running, "
        f"{number(float(whole_mean[config.unit - 1]))} in the whole training set. "
        f"Variance: {unbiased:.3f}, {look.var_course[-1]:.3f}, {whole_var[config.unit - 1]:.3f}.",
        f"Momentum {momentum:g}: what the average holds is {estimates.lag(momentum):,.0f} steps old on the average, "
        f"(1 − momentum) / momentum. Its start, mean 0 and variance 1, still weighs "
        f"{_small_share(left)}, (1 − momentum) to the power of {steps}.",
        f"This batch is normalized by its biased variance, Σ(x − μ)² / m = {unbiased * (size - 1) / size:.3f}; into "
        f"the running variance goes the unbiased one, larger by m/(m − 1) = {size}/{size - 1} = "
        f"{size / (size - 1):.3f}.",
    ])  # fmt: skip


def _small_share(share: float) -> str:
    if share < 0.0001:
        return "less than 0.01%"
    return f"{100 * share:.2g}%" if share < 0.995 else f"{100 * share:.1f}%"


def of_modes(look: "Look") -> str:
    """What the same weights reach in eval and train mode, and what re-estimation would change."""
    trained, at = look.trained, look.test_place
    size = int(_value(look, "test_now"))
    statistics = "running averages" if look.config.statistics == "running" else "re-estimated"
    gap = trained.whole_accuracy - look.running_accuracy
    lines = [
        f"Eval mode, stored statistics ({statistics}): {percent(look.eval_accuracy)}, the same for each example "
        f"whatever comes with it.",
        f"Train mode, eval() forgotten, batches of {size}: {percent(trained.shuffled[at])} shuffled, "
        f"{percent(trained.sorted[at])} sorted by class: an example's answer depends on its batch-mates.",
        f"Running averages give {percent(look.running_accuracy)}, re-estimated statistics "
        f"{percent(trained.whole_accuracy)}: "
        + (f"re-estimation closes a gap of {100 * gap:.1f} points." if gap > 0.01 else "no gap worth closing here."),
    ]
    return "\n".join(lines)


def of_shift(look: "Look") -> str:
    """What the shift is, what each arm reaches under it, and whether fresh statistics can undo it."""
    shift, config = look.shift, look.config
    none, stored, layer, fresh = look.shift_accuracy
    size = min(config.target_size, len(look.target_classes))
    arms = (
        f"Rightly classified of the target's {len(look.target_classes)}: {percent(none)} without normalization, "
        f"{percent(stored)} with batch norm and stored statistics, {percent(layer)} with layer norm, {percent(fresh)} "
        f"with batch norm re-estimated on {size} of them."
    )
    control = (
        f"For this the inputs could as well be standardized: with the target's pixels given the mean and the spread "
        f"of the training pixels, the network without normalization reaches {percent(look.rescaled_accuracy)}."
    )
    controls = [control] if shift.is_undone and not shift.is_none else []
    return "\n".join([_shift_formula(look), arms, *_few(look, stored, fresh), _verdict(look), *controls])


def _shift_formula(look: "Look") -> str:
    shift = look.shift
    turn = "R " if shift.rotation else ""
    parts = [f"{number(shift.factor)} {turn}x{signed(shift.summand)}"]
    if shift.noise:
        parts.append(f"noise of {shift.noise:.2f}")
    turned = f", R a turn by {shift.rotation:.0f}°" if shift.rotation else ""
    noise = " + noise" if shift.noise else ""
    return (
        f"T(x) = a {turn}x + c{noise} = {' + '.join(parts)}{turned}; a = gain × contrast, "
        f"c = gain (1 − contrast) / 2 + offset."
    )


def _verdict(look: "Look") -> str:
    shift = look.shift
    if shift.is_none:
        return "No shift: the images are as in training."
    if shift.is_undone:
        without = look.undone_difference(NO_EPS)
        with_eps = f"; with ε = {EPS:g}, which is not scaled along, by {look.undone_difference(EPS):.1g}"
        through = "" if shift.factor == 1 else with_eps
        return (
            f"Undone: a > 0 and nothing else, so that fresh statistics take a and c out. Without ε the outputs differ "
            f"from those of the images as they were by {without:.1g} at most, which is rounding (float64){through}."
        )
    if shift.factor < 0:
        return (
            "Cannot be undone: a < 0 changes the sign of every normalized value, and mean and variance have no sign "
            "to give back."
        )
    if shift.factor == 0:
        return "Nothing is left of the digits: all images are the same grey, up to noise."
    names = " and ".join(name for name, there in (("rotation", shift.rotation), ("noise", shift.noise)) if there)
    return (
        f"Not undone: statistics centre and scale each unit again, but {names} "
        f"{'changes' if ' ' not in names else 'change'} what the units see of each image."
    )


def _few(look: "Look", stored: float, fresh: float) -> list[str]:
    """What few classes or few examples do to the statistics."""
    config = look.config
    if config.classes <= 5 and fresh < stored:
        number = "a single class" if config.classes == 1 else f"{config.classes} classes"
        return [
            f"The target holds {number}: its own mean is taken away from it, and with it what these digits have in "
            f"common. Fresh statistics cost {100 * (stored - fresh):.0f} points."
        ]
    if config.target_size <= 32:
        return [f"Statistics of {config.target_size} examples are noisy: more of them would be better."]
    return []


def of_folding(look: "Look") -> str:
    """One unit's folding in numbers, the largest difference in the outputs, and the time of both."""
    config, trained = look.config, look.trained
    gamma, beta, (mean, var) = look.unit_scale
    before = trained.weights["batch"].linear[config.folded_layer - 1]
    after = look.folded[config.folded_layer - 1]
    unit = config.folded_unit - 1
    by = gamma / float(var + EPS) ** 0.5
    lines = [
        f"Layer {config.folded_layer}, unit {config.folded_unit}: "
        f"f = γ / √(σ² + ε) = {number(gamma)} / √({float(var):.4f} + {EPS:g}) = {number(by)}. "
        f"Each weight times f: the first, {number(float(before.weight[unit, 0]))}, becomes "
        f"{number(float(after.weight[unit, 0]))}. "
        f"Bias: f (b − μ) + β = {number(by)} × ({number(float(before.bias[unit]))}{signed(-float(mean))})"
        f"{signed(beta)} = {number(float(after.bias[unit]))}.",
        f"Largest difference in any output of the {len(trained.targets)} held-out digits, all three layers folded: "
        f"{trained.fold_difference(look.stored):.1e} in float64, which is rounding. The same for a convolution with "
        f"batch norm over its channels, random numbers: {trained.convolution_difference:.1e}.",
    ]
    if trained.step == config.steps:
        times = "; ".join(
            f"{size} {'example' if size == 1 else 'examples'} {1e6 * kept:.0f} µs, folded {1e6 * folded:.0f} µs "
            f"({kept / folded:.1f} times as fast)"
            for size, (kept, folded) in trained.times.items()
        )
        lines.append(f"Time of a pass on this server, median of several: {times}.")
    return "\n".join(lines)


def _value(look: "Look", field: str) -> float:
    return float(look.snapshot([field]).values[field][0])
