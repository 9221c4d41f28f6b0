"""Where the networks train."""

import torch


def choose_device(asked: str) -> tuple[torch.device, str]:
    """The device for ``auto``, ``cpu``, ``cuda:N`` or ``mps``, and a sentence when it is not the one asked for.

    ``auto`` is a CUDA device or the CPU; ``mps`` trains when it is asked for by name.
    """
    if asked == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu"), ""
    there = (
        asked == "cpu"
        or (asked == "mps" and torch.backends.mps.is_available())
        or (asked.startswith("cuda:") and int(asked[5:]) < torch.cuda.device_count())
    )
    if there:
        return torch.device(asked), ""
    return torch.device("cpu"), f"The device {asked} is not there; the networks train on the CPU."
