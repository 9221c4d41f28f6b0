"""Words: what is measured on trained networks, as lines with numbers. Each is computed for the knobs as they stand."""

from typing import TYPE_CHECKING

from bnviz.inference import estimates
from bnviz.inference.evaluation import EPS
from bnviz.sources.inference import TEST_SIZES

if TYPE_CHECKING:
    from bnviz.inference.looking import Look

NO_EPS = 1e-30  # ATen wants an ε; this one is lost in rounding
SMALL = 0.01  # a difference, as a share of the largest output


def percent(share: float) -> str:
    """A share with one decimal: ``97.8%``."""
    return f"{100 * share:.1f}%"


def number(value: float) -> str:
    """A number with three decimals and a proper minus: ``−0.159``."""
    return f"{round(float(value), 3) + 0.0:.3f}".replace("-", "−")  # + 0.0 takes the sign of −0.0


def signed(value: float) -> str:
    """The same as a summand: `` + 0.115``, `` − 0.159``."""
    return f" {'−' if value < 0 else '+'} {abs(value):.3f}"


def tiny(value: float, digits: int = 1) -> str:
    """A number near 0, as ``5e−14``: a hyphen would let the line end in it."""
    return f"{value:.{digits}g}".replace("-", "−")


def progress(look: "Look") -> str:
    """How far the training is, and what the networks reach as they stand."""
    step, steps = look.trained.step, look.config.steps
    if step < steps:
        return f"Training: step {step} of {steps}. Everything below moves with it."
    none, layer = look.trained.other_accuracies
    count = len(look.trained.examples.targets)
    return (
        f"Trained for {steps} steps of {look.config.batch_size} examples. Of the {count} held-out digits "
        f"classified rightly: {percent(none)} without normalization, {percent(look.stored.accuracy)} with batch norm "
        f"in eval mode, {percent(layer)} with layer norm."
    )


def of_unit(look: "Look") -> str:
    """The unit's three statistics, how late the running ones are, and what is m/(m − 1)."""
    config, gathered = look.config, look.trained.gathered
    if not len(gathered.means):
        return "No batch has been seen yet."
    size, momentum, steps = config.batch_size, config.momentum, look.trained.step
    unbiased = float(look.of_unit(gathered.unbiased_vars)[-1])
    whole_mean, whole_var = look.whole.statistics[config.layer - 1]
    left = (1 - momentum) ** steps
    return "\n".join([
        f"Layer {config.layer}, unit {config.unit}, at step {steps}. Mean: "
        f"{number(look.of_unit(gathered.means)[-1])} in this batch, {number(look.mean_course[-1])} running, "
        f"{number(float(whole_mean[config.unit - 1]))} in the whole training set. "
        f"Unbiased variance: {unbiased:.3f}, {look.var_course[-1]:.3f}, {whole_var[config.unit - 1]:.3f}.",
        f"Momentum {momentum:g}: in the long run what it holds is {estimates.lag(momentum):,.0f} steps old on "
        f"the average, (1 − momentum) / momentum. Its start, mean 0 and variance 1, still weighs "
        f"{_small_share(left)}, (1 − momentum) to the power of {steps}.",
        f"This batch is normalized by its biased variance, Σ(x − μ)² / m = {unbiased * (size - 1) / size:.3f}; into "
        f"the running variance goes the unbiased one, larger by m/(m − 1) = {size}/{size - 1} = "
        f"{size / (size - 1):.3f}.",
    ])  # fmt: skip


def _small_share(share: float) -> str:
    if share < 0.0001:
        return "less than 0.01%"
    return f"{100 * share:.2g}%" if share < 0.995 else f"{100 * share:.1f}%"


def of_stored(look: "Look") -> str:
    """What eval mode reaches with the stored statistics, and what it would with the others."""
    running, whole = look.running.accuracy, look.whole.accuracy
    gap = 100 * (whole - running)
    gained = (
        f"{gap:.1f} points gained" if gap > 1 else f"{-gap:.1f} points lost" if gap < -1 else "no gap worth closing"
    )
    averages = f"the running averages of training, momentum {look.config.momentum:g}"
    passed = f"one pass in train mode over the {len(look.trained.examples.train_inputs)} training digits"
    if look.config.statistics == "running":
        return f"Eval mode with {averages}: {percent(running)}. To re-estimate them takes {passed}."
    return f"Before, with {averages}: {percent(running)}. After {passed}: {percent(whole)}, {gained}."


def of_modes(look: "Look") -> str:
    """What the same weights reach in eval and train mode, and layer norm in either."""
    at_once = TEST_SIZES[look.test_place]
    stored, shuffled, by_class, layer = look.test_now
    statistics = "running averages" if look.config.statistics == "running" else "re-estimated"
    lines = [
        f"Eval mode, stored statistics ({statistics}): {percent(stored)}, the same for each example whatever comes "
        f"with it."
    ]
    if at_once > 1:
        return "\n".join([
            *lines,
            f"Train mode, eval() forgotten, batches of {at_once}: {percent(shuffled)} shuffled, {percent(by_class)} "
            f"sorted by class: an example's answer depends on its batch-mates.",
            f"Layer norm, batches of {at_once}: {percent(layer)}. It takes mean and variance over the units of one "
            f"example, so that no mode and no batch-mate changes its answer.",
        ])  # fmt: skip
    return "\n".join([
        *lines,
        f"Train mode, a batch of one: PyTorch refuses it. It says: “{look.trained.refusal}”. One example lies at its "
        f"own mean and has no variance.",
        f"Layer norm, a batch of one: {percent(layer)}. It takes mean and variance over the units of one example.",
    ])  # fmt: skip


def of_shift(look: "Look") -> str:
    """What the shift is, what each arm reaches under it, and whether fresh statistics can undo it."""
    shift, config = look.shifted.shift, look.config
    none, stored, layer, fresh = look.shifted.now
    size = min(config.target_size, len(look.shifted.classes))
    arms = (
        f"Rightly classified of the target's {len(look.shifted.classes)}: {percent(none)} without normalization, "
        f"{percent(stored)} with batch norm and stored statistics, {percent(layer)} with layer norm, {percent(fresh)} "
        f"with batch norm re-estimated on {size} of them."
    )
    control = (
        f"For this the inputs could as well be standardized: with the target's pixels given the mean and the spread "
        f"of the training pixels, the network without normalization reaches {percent(look.shifted.rescaled_accuracy)}."
    )
    controls = [control] if shift.is_undone and not shift.is_none else []
    return "\n".join([_shift_formula(look), arms, *_few(look, stored, fresh), _verdict(look), *controls])


def _shift_formula(look: "Look") -> str:
    shift = look.shifted.shift
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
    shift = look.shifted.shift
    if shift.is_none:
        return "No shift: the images are as in training."
    if shift.is_undone:
        return _undone(look)
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


def _undone(look: "Look") -> str:
    """By how much outputs differ for all that, without ε and with it."""
    without, with_eps = (look.shifted.undone(eps) for eps in (NO_EPS, EPS))
    rounding = (
        f"a > 0 and nothing else, so that fresh statistics take a and c out. Without ε the outputs differ from those "
        f"of the images as they were by {tiny(without.difference)} at most, which is rounding (float64)"
    )
    if look.shifted.shift.factor == 1:
        return f"Undone: {rounding}."
    if with_eps.share < SMALL:
        return f"Undone: {rounding}; with ε = {EPS:.5f}, which is not scaled along, by {tiny(with_eps.difference)}."
    return (
        f"Undone but for ε: {rounding}. But ε = {EPS:.5f} is not scaled along, and counts beside variances as small "
        f"as some are here: with it they differ by up to {100 * with_eps.share:,.0f}% of the largest output."
    )


def _few(look: "Look", stored: float, fresh: float) -> list[str]:
    """What few classes or few examples do to the statistics."""
    config = look.config
    lost = 100 * (stored - fresh)
    if config.classes <= 5 and lost > 1:
        number = "a single class" if config.classes == 1 else f"{config.classes} classes"
        return [
            f"The target holds {number}: its own mean is taken away from it, and with it what these digits have in "
            f"common. Fresh statistics cost {lost:.0f} points."
        ]
    if config.target_size <= 32:
        return [f"Statistics of {config.target_size} examples are noisy: more of them would be better."]
    return []
