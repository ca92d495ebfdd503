"""A change that types itself, between any two texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from demos import catalogue
from demos.errors import TalkError
from demos.programs import source
from demos.programs.change import Edit, apply, change


def test_the_file_between_is_the_one_that_knows_the_names(write_demo):
    earlier = write_demo(
        "def f():\n    x = 1\n    str()\n    gone()\n\n\ndef gone(): pass\n", "99a_x"
    )
    later = write_demo(
        "def f():\n    x = 2\n    str()\n    came()\n\n\ndef came(): pass\n", "99b_y"
    )
    found = change(earlier, later, ["f"])
    assert found.states[1] == "def f():\n    x = 2\n    str()\n    gone()"
    assert found.program_at(1).demo == earlier
    earlier.path.write_text(earlier.source.replace("gone", "came").replace("came()\n", "came(1)\n"))
    program = change(earlier, later, ["f"]).program_at(1)
    assert program.demo == later
    assert "    x = 2\n    str()\n    came(1)\n" in program.source


def test_nothing_to_type_is_said(write_demo):
    earlier, later = (write_demo("def f():\n    pass\n", name) for name in ("99a_x", "99b_y"))
    with pytest.raises(TalkError, match=r"99a_x\.py and demos/99b_y\.py have the same f"):
        change(earlier, later, ["f"])
    with pytest.raises(TalkError, match="has no function g; it has f"):
        change(earlier, later, ["g"])


def test_an_edit_may_reach_over_lines():
    assert apply("a\nbc\nd", [Edit(2, 1, 3, "é🙂"), Edit(1, 1, 1, "")]) == "abé🙂"


LINES = some.lists(
    some.sampled_from(
        ["    pass", "    a = 1", "    a = f(1)", "    with x:", "        a = 1", "", "    # é🙂"]
    ),
    max_size=8,
)


@settings(deadline=None)
@given(LINES, LINES)
def test_any_two_functions(tmp_path_factory, one, other):
    folder = tmp_path_factory.mktemp("any")
    demos = []
    for name, lines in (("99a_one", one), ("99b_other", other)):
        code = "\n".join(["def f():", *lines, "    return 1", ""])
        try:
            compile(code, name, "exec")
        except SyntaxError:
            return
        (folder / f"{name}.py").write_text(code)
        demos.append(catalogue.Demo(name, folder / f"{name}.py"))
    if one == other:
        return
    found = change(*demos, ["f"])
    assert found.states[-1] == source.shown(demos[1], ["f"])
    for step in found.steps:
        assert step.before != step.after
        assert apply(step.before, step.edits) == step.after
        compile(step.after, "f", "exec")
