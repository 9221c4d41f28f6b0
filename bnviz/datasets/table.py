"""Your own table.

Numbers and a label from a CSV file of yours, or a data set of OpenML. It stays in the server's memory and
is in no link.
"""

import numpy as np

from bnviz.datasets import Examples
from bnviz.tables import Table


def load(generator: np.random.Generator, table: Table | None) -> Examples:
    """The rows of the table. Raises ValueError when there is none."""
    if table is None:
        raise ValueError("The server holds no such table; choose the file again.")
    return Examples(table.inputs, table.targets)
