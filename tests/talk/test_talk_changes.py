"""The changes that type themselves on slides of this talk: for every pair of its demos on stage.

Tests of this talk, not of the kit: they go with its demos.
"""

import pytest
from helping import finish

from demos import catalogue
from demos.programs import source
from demos.programs.change import Change, apply, change
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
