"""A change that types itself: for every pair of demos on stage, and for any two texts."""

import pytest
from conftest import finish
from hypothesis import given
from hypothesis import strategies as some

from demos import catalogue
from demos.errors import TalkError
from demos.programs import source
from demos.programs.change import Change, Edit, apply, change
from demos.programs.program import original, scratch
from demos.runs.run import run

PAIRS = {  # how many presses, what they type, which lines are marked
    ("01a", "01b", "main"): (3, 205, (2, 3, 4, 5, 6, 7, 8)),
    ("02d", "02e", "main"): (1, 6, (2,)),
    ("04a", "04b", "main"): (1, 38, (10, 11)),
    ("07a", "07b", "deposit"): (1, 23, (4, 5)),
    ("07c", "07d", "fly"): (1, 8, (2,)),
}
every_pair = pytest.mark.parametrize(("earlier", "later", "name"), PAIRS)


def between(earlier, later, name) -> Change:
    return change(catalogue.find(earlier), catalogue.find(later), [name])


def keys(found: Change) -> str:
    return "".join(edit.insert for step in found.steps for edit in step.edits)


@every_pair
def test_each_press_leaves_code_and_the_last_the_later_demos(earlier, later, name):
    found = between(earlier, later, name)
    assert found.states[0] == source.shown(found.earlier, [name])
    assert found.states[-1] == source.shown(found.later, [name])
    for step, state, following in zip(found.steps, found.states, found.states[1:], strict=False):
        assert (step.before, step.after) == (state, following)
        assert apply(state, step.edits) == following
        compile(following, name, "exec")
        lines = following.split("\n")
        assert all(1 <= line <= len(lines) for line in step.lines)


@every_pair
def test_it_is_typed_as_a_person_would(earlier, later, name):
    found = between(earlier, later, name)
    presses, typed, marked = PAIRS[earlier, later, name]
    assert len(found.steps) == presses
    assert len(keys(found)) <= typed
    assert tuple(line for step in found.steps for line in step.lines) == marked


@every_pair
def test_the_way_back_is_one_too(earlier, later, name):
    there, back = between(earlier, later, name), between(later, earlier, name)
    assert (back.states[0], back.states[-1]) == (there.states[-1], there.states[0])
    for step in back.steps:
        assert apply(step.before, step.edits) == step.after
        compile(step.after, name, "exec")


@every_pair
def test_step_marks_are_those_of_the_code_shown(earlier, later, name):
    found = between(earlier, later, name)
    for demo, marks in ((found.earlier, found.marks[0]), (found.later, found.marks[-1])):
        assert list(marks) == [step for _, step in source.numbered_lines(demo, [name])]
    for state, marks in zip(found.states, found.marks, strict=True):
        assert len(state.split("\n")) == len(marks)


@every_pair
def test_every_state_runs(earlier, later, name):
    found = between(earlier, later, name)

    async def run_all():
        for state in range(len(found.states)):
            program = found.program_at(state)
            with scratch(program) as demo:
                outcomes.append(await run(demo, lambda text: None))

    outcomes: list = []
    finish(run_all())
    assert [outcome.reason for outcome in outcomes] == [None] * len(found.states)
    assert all(" => " in outcome.output for outcome in outcomes)


@every_pair
def test_first_and_last_are_the_demos_themselves(earlier, later, name):
    found = between(earlier, later, name)
    for demo, state in ((found.earlier, 0), (found.later, len(found.steps))):
        assert found.program_at(state) == original(demo, [name])
        with scratch(found.program_at(state)) as itself:
            assert itself == demo


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
