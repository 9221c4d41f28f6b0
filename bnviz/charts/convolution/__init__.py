"""Charts of the convolutional networks."""

from bnviz.charts import Column
from bnviz.charts.curves import labels
from bnviz.sources.convolution import Config


def channel_columns(config: Config) -> tuple[Column, ...]:
    """A table's columns: mean and spread of each channel over images and pixels, before and after the normalizer."""
    columns = [Column("channel", words=tuple(str(channel) for channel in range(config.width)))]
    for arm, label in enumerate(labels(config)):
        columns += [
            Column(f"{label}: {name} {when}", f"{field}_{when}", (arm,))
            for when in ("before", "after")
            for name, field in (("mean", "mean"), ("spread", "std"))
        ]
    return tuple(columns)
