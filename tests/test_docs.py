"""The README says what is true."""

import re
from pathlib import Path

import pytest

from bnviz import registry
from bnviz.live.limits import Limits, variable

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SERVING = (ROOT / "docs/serving.md").read_text("utf-8")
PROXIES = sorted(path.name for path in (ROOT / "docs/serving").iterdir())


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs(capsys):
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("100 ('none', 'batch')")


@pytest.mark.parametrize("path", sorted(re.findall(r"\]\((?!http)([^)#]+)\)", README)))
def test_what_it_links_to_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", SERVING))))
def test_what_the_page_on_serving_links_to_is_there(path):
    assert (ROOT / "docs" / path).exists()


@pytest.mark.parametrize("name", PROXIES)
def test_every_file_for_a_proxy_is_linked_and_sends_the_header_shown(name):
    assert f"(serving/{name})" in SERVING
    (policy,) = re.findall(r"^default-src .*$", SERVING, re.MULTILINE)
    assert f'Content-Security-Policy "{policy}"' in (ROOT / "docs/serving" / name).read_text("utf-8")


def test_every_folder_in_its_table_is_there():
    folders = re.findall(r"^\| `([\w/]+)/` \|", README, re.MULTILINE)
    assert len(folders) >= 6
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_every_benchmark_is_named():
    shared = {"__init__", "report", "opened", "session", "usage"}
    files = {path.stem for path in (ROOT / "tests/benchmarks").glob("*.py")} - shared
    assert set(re.findall(r"-m tests\.benchmarks\.(\w+)", README)) == files


LIMITS = {variable(name): limit for name, limit in Limits().described().items()}


def test_every_environment_variable_is_named():
    sources = [*ROOT.glob("bnviz/**/*.py"), *ROOT.glob("tests/**/*.py"), ROOT / "check.sh"]
    used = {name for path in sources for name in re.findall(r"\bBNVIZ_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))}
    assert used - set(LIMITS) == set(re.findall(r"`(BNVIZ_[A-Z_]+)`", README)) - set(LIMITS)


def test_every_limit_is_in_the_table_with_its_default_and_its_reason():
    rows = re.findall(r"^\| `(BNVIZ_[A-Z_]+)` \| ([\d.]+) \| (.*) \|$", SERVING, re.MULTILINE)
    assert rows == [
        (name, f"{limit['value']:g}", f"{limit['unit']} {limit['reason']}") for name, limit in LIMITS.items()
    ]


def test_every_panel_of_the_lab_is_named():
    panels = {name for name in registry.entries("charts") if name != "ridges"} | {"ledger", "changes"}
    told = README.partition("## What the lab shows")[2].partition("## Check it")[0]
    assert panels <= set(re.findall(r"`(\w+)`", told))


def test_the_number_of_runs_is_the_hubs():
    assert f"up to {Limits().runs} runs" in README


def test_commands_name_files_that_are_there():
    commands = " ".join(blocks("sh"))
    for name in ("requirements.txt", "app.py", "check.sh"):
        assert name in commands
        assert (ROOT / name).exists()
