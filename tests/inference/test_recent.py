"""What was computed last is not computed again, and of much the oldest is forgotten."""

from bnviz.inference.recent import Recent


def test_it_makes_each_once_and_forgets_what_was_not_asked_for_longest():
    made, recent = [], Recent(2)

    def ask(name):
        return recent.get(name, lambda: made.append(name) or name.upper())

    assert [ask(name) for name in "abab"] == list("ABAB")
    assert made == ["a", "b"]
    ask("b")
    ask("a")  # b is now the older one
    ask("c")
    ask("a")
    assert made == ["a", "b", "c"]
    ask("b")
    assert made == ["a", "b", "c", "b"]
