import pytest

from bnviz import registry

KINDS = ("datasets", "normalizers")
ENTRIES = [(kind, entry) for kind in KINDS for entry in registry.entries(kind).values()]


@pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=lambda value: getattr(value, "name", value))
def test_every_entry_has_label_and_help_and_a_module_of_its_name(kind, entry):
    assert entry.label == entry.label.strip(" .") != ""
    assert entry.help.endswith(".")
    assert registry.load(kind, entry.name).__name__ == f"bnviz.{kind}.{entry.name}"


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("datasets", {"digits", "spirals", "moons", "circles", "xor", "gaussians", "table"}),
        ("normalizers", {"none", "batch", "layer", "rms", "group"}),
        ("charts", {"ridges", "loss", "accuracy", "percentiles"}),
    ],
)
def test_the_entries_that_the_articles_need_are_there(kind, known):
    assert known <= registry.entries(kind).keys()


def test_labels_are_the_first_line_of_the_docstring():
    assert registry.entries("normalizers")["batch"].label == "Batch norm"


@pytest.mark.parametrize("name", ["", "spectral", "../trainer", "batch.Normalizer"])
def test_an_unknown_entry_is_refused_with_those_there_are(name):
    with pytest.raises(
        ValueError, match=r"^unknown entry of normalizers: '.*'; choose one of batch, group, .*, none, "
    ):
        registry.load("normalizers", name)


def test_a_new_file_is_an_entry_and_is_not_run_to_be_described(tmp_path, monkeypatch):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "moons.py").write_text('"""Two moons.\n\nInterleaved\nhalf circles.\n"""\n1 / 0\n')
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    found = registry.entries.__wrapped__("datasets")
    assert found == {"moons": registry.Entry("moons", "Two moons", "Interleaved half circles.")}


def test_what_a_data_set_takes_and_whether_it_is_a_plane_is_read_from_its_file(tmp_path, monkeypatch):
    (tmp_path / "datasets").mkdir()
    folder = tmp_path / "datasets"
    (folder / "a.py").write_text('"""A."""\nPLANE = True\ndef load(generator, examples: int, table): ...\n1 / 0\n')
    (folder / "b.py").write_text('"""B."""\nPLANE = False\ndef other(generator, examples): ...\n')
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    found = registry.entries.__wrapped__("datasets")
    assert (found["a"].takes, found["a"].plane) == (("examples", "table"), True)
    assert (found["b"].takes, found["b"].plane) == ((), False)


@pytest.mark.parametrize("function", ["reference", "reference_backward"])
def test_source_text_is_what_inspection_gives(function):
    import inspect

    module = registry.load("normalizers", "batch")
    assert registry.source_of("normalizers", "batch", function) == inspect.getsource(getattr(module, function))


def test_source_text_of_what_is_not_there():
    with pytest.raises(ValueError, match=r"normalizers/batch.py has no function 'forwards'; choose one"):
        registry.source_of("normalizers", "batch", "forwards")
    with pytest.raises(ValueError, match="unknown entry of normalizers: 'spectral'"):
        registry.source_of("normalizers", "spectral", "reference")


def test_the_menu_knows_the_data_sets_as_their_modules_are():
    import inspect

    for entry in registry.entries("datasets").values():
        module = registry.load("datasets", entry.name)
        assert list(inspect.signature(module.load).parameters) == ["generator", *entry.takes]
        assert getattr(module, "PLANE", False) is entry.plane
