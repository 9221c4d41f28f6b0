"""One line of JSON for each benchmark."""

import json
import os
import platform
from typing import Any


def report(name: str, **figures: Any) -> None:
    """Print the figures with what they were measured on."""
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"benchmark": name, **rounded, "cores": os.cpu_count(), "python": platform.python_version()}))
