"""Memory between small values that stay is given back once the large ones are gone."""

import platform

import psutil
import pytest

from bnviz.live.memory import give_back

MB = 2**20


def in_use() -> float:
    return psutil.Process().memory_info().rss / MB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked for it")
def test_gaps_between_what_stays_go_back_to_the_system():
    give_back()  # what earlier tests left free would take up some of what comes
    before, kept, large = in_use(), [], []
    for _ in range(2000):  # 100 kB each, too small to be mapped on its own, and a little that stays behind it
        large.append(b"x" * 100_000)
        kept.append(b"y" * 1000)
    assert in_use() > before + 150
    large.clear()
    give_back()
    assert in_use() < before + 50
    assert len(kept) == 2000


def test_another_c_library_is_no_reason_to_fail(monkeypatch):
    monkeypatch.setattr("bnviz.live.memory._TRIM", None)
    give_back()
