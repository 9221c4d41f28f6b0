import subprocess
import sys

import pytest

import bnviz


def test_the_package_offers_config_trainer_and_snapshot():
    assert {bnviz.Config.__name__, bnviz.Trainer.__name__, bnviz.Snapshot.__name__} == set(bnviz.__all__)


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(AttributeError, match=r"no attribute 'Trainr'; it has Config, Snapshot, Trainer"):
        bnviz.Trainr  # noqa: B018


@pytest.mark.parametrize("module", ["config", "fields", "registry", "statistics", "history", "snapshot"])
def test_labels_ranges_and_numbers_are_there_without_torch(module):
    code = f"import sys, bnviz.{module}, bnviz; bnviz.Config().to_query(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
