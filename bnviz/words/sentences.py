"""One function for each thing that may be there to see; a list is empty where it is not."""

import math

from bnviz.words.arm import ALIKE, STILL, WELL, Arm, same_drift
from bnviz.words.phrases import capital, name, number, percent, ratio

AHEAD = 0.05  # of accuracy
WIDER = 3.0  # a change of spread by a smaller factor is none
LEARNED = 0.05  # training loss
VANISHED = 0.01  # of the deepest layer's gradient
MOST = 0.5  # of a layer


def start(arms: list[Arm]) -> list[str]:
    """How the spread of the values changes from the first layer to the last."""
    named: dict[str, list[str]] = {}
    for arm in arms:
        change = ratio(arm.spread[-1], arm.spread[0])
        if len(arm.spread) > 1 and change is not None:
            named.setdefault(_changes(change), []).append(arm.name)
    if not named:
        return []
    parts = ", and it ".join(f"{changes} {' and '.join(names)}" for changes, names in named.items())
    return [f"From layer 1 to layer {len(arms[0].spread)} the spread of the values {parts}."]


def _changes(change: float) -> str:
    if change == 0:
        return "shrinks to nothing"
    if change < 1 / WIDER:
        return f"shrinks by a factor of {number(1 / change)}"
    return f"grows by a factor of {number(change)}" if change > WIDER else f"stays within a factor of {WIDER:.0f}"


def diverged(arms: list[Arm]) -> list[str]:
    """Whose training is over because a loss was not finite."""
    over = [f"{arm.name} at step {arm.diverged}" for arm in arms if arm.diverged is not None]
    if not over:
        return []
    nothing = ["Nothing trains any more."] if len(over) == len(arms) else []
    return [f"Training ended where the loss was not finite: {', '.join(over)}.", *nothing]


def learning(arms: list[Arm], chance: float) -> list[str]:
    """How many of the held-out examples are right, and who is ahead."""
    known = [arm for arm in arms if math.isfinite(arm.accuracy)]
    unknown = [arm.name for arm in arms if not math.isfinite(arm.accuracy)]
    sentences = [f"Some outputs are not finite: {', '.join(unknown)}."] if unknown else []
    if len(known) == 1:
        sentences.append(_alone(known[0], chance))
    if len(known) > 1:
        sentences.append((_two if len(known) == 2 else _many)(known, chance))
    return sentences


def _alone(arm: Arm, chance: float) -> str:
    loss = f", and the training loss is {number(arm.loss)}" if math.isfinite(arm.loss) else ""
    return f"{capital(_right(arm))}{_guessing(arm, chance)}{loss}."


def _two(arms: list[Arm], chance: float) -> str:
    worst, best = sorted(arms, key=lambda arm: arm.accuracy)
    rest = f"{worst.name} {percent(worst.accuracy)}"
    lead = best.accuracy - worst.accuracy
    if best.guesses(chance):
        both = ", ".join(f"{percent(arm.accuracy)} right {arm.name}" for arm in arms)
        return f"Neither network is much better than guessing ({percent(chance)}): {both}."
    if lead > AHEAD and worst.guesses(chance):
        return f"{capital(_right(best))}; {rest}{_guessing(worst, chance)}."
    if lead > AHEAD:
        points = round(100 * best.accuracy) - round(100 * worst.accuracy)
        return f"{capital(_right(best))}, {rest}: {points} points fewer."
    if lead > ALIKE:
        return f"Slightly ahead: {_right(best)}, {rest}."
    if worst.accuracy > chance + WELL and same_drift(worst, best):
        return f"Equally accurate, and drifting alike: {_right(best)}, {rest}."
    return f"About equally accurate: {_right(best)}, {rest}."


def _many(arms: list[Arm], chance: float) -> str:
    worst, *_, best = sorted(arms, key=lambda arm: arm.accuracy)
    if best.guesses(chance):
        return f"None of the {len(arms)} networks is much better than guessing ({percent(chance)})."
    alike = best.accuracy - worst.accuracy <= ALIKE
    networks = f"{len(arms)} networks, about equally accurate" if alike else f"Of {len(arms)} networks"
    rest = f"worst {worst.name}: {percent(worst.accuracy)}{_guessing(worst, chance)}"
    return f"{networks}; best {best.name}: {percent(best.accuracy)} of the held-out examples are right; {rest}."


def _right(arm: Arm) -> str:
    return f"{arm.name} {percent(arm.accuracy)} of the held-out examples are right"


def _guessing(arm: Arm, chance: float) -> str:
    return f", hardly better than guessing ({percent(chance)})" if arm.guesses(chance) else ""


def drift(arms: list[Arm], chance: float) -> list[str]:
    """In whose deepest layer the distributions move less, and what can be told of a network that lies still."""
    known = [arm for arm in arms if math.isfinite(arm.drift)]
    if not known:
        return []
    numbers = ", ".join(f"{number(arm.drift)} {arm.name}" for arm in known)
    if len(known) == 1:
        return [f"In ten steps the deepest layer drifted by {numbers}."]
    less, more = sorted(known, key=lambda arm: arm.drift)
    if more.drift < STILL:
        return [f"The distributions of both deepest layers stand still (drift {numbers})."]
    if same_drift(less, more):
        return [f"The deepest layers drift about alike: {numbers}."]
    deepest = "Now the deepest layer" if less.name == name("none") else "The deepest layer"
    return [
        f"{deepest} drifts less {less.name}: {number(less.drift)} against {number(more.drift)}{_still(less, chance)}."
    ]


def _still(arm: Arm, chance: float) -> str:
    """What else was measured of a network that drifts less: with these it is no merit."""
    if 0 <= arm.loss < LEARNED:
        return f"; that network's training loss is {number(arm.loss)}, so little is left to learn"
    return "; but that network is hardly better than guessing" if arm.guesses(chance) else ""


def vanished(arms: list[Arm]) -> list[str]:
    """Whose gradient is far smaller at the first layer than at the deepest."""
    sentences = []
    for arm in arms:
        share = ratio(arm.gradient[0], arm.gradient[-1])
        if share == 0:
            sentences.append(f"{capital(arm.name)} no gradient reaches layer 1.")
        elif share is not None and share < VANISHED:
            times = number(1 / share)
            sentences.append(
                f"{capital(arm.name)} layer {len(arm.gradient)} gets {times} times the gradient of layer 1."
            )
    return sentences


def flat(arms: list[Arm]) -> list[str]:
    """Whose worst layer is mostly dead or saturated."""
    sentences = []
    for arm in arms:
        for what, shares in (("of the units are dead", arm.dead), ("of the activations are saturated", arm.saturated)):
            share, layer = max((share, layer) for layer, share in enumerate(shares, start=1))
            if MOST < share <= 1:
                sentences.append(f"{capital(arm.name)}, in layer {layer}, {percent(share)} {what}.")
    return sentences
