"""The open editor looks like the code it replaces, and stays on its slide."""

import pytest
from coding import LEAF, edit, to_code

from demos.catalogue import find
from demos.programs.source import shown
from slides.listing import highlight_code

SAMPLE = '''@once
class Queue(Base):  # a class
    async def put(self, item: "str" = None, *rest) -> bool:
        """It says so."""
        print(f"{item!r} of {rest[1:2]} in {time.time() - 1:5.2f} s\\n", end="")
        return not item is None and 0x1F + 0b11 - 1.5e3 or r"\\d" in b"abc"

def main():
    global items, other
    with lock as one, open("a") as two: exec("x = 1")
    try: raise ValueError(f'{x=}', *(lambda: 3)())
    except (KeyError, OSError): pass
    finally: assert True, False
    for i in range(len(items)): yield i; continue
    from os import path; del items
'''


LOOKS = """async ([lines, texts]) => {
            const look = (root) => {
                const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
                for (let node; (node = walk.nextNode());) {
                    const { color, fontWeight } = getComputedStyle(node.parentElement);
                    for (const char of node.data) {
                        if (char.trim()) found.push(`${char} ${color} ${fontWeight}`);
                    }
                }
                return found;
            };
            const draw = (lines) => {
                const holder = document.createElement("div");
                holder.className = "code";
                holder.append(...lines.map((html) => {
                    const line = document.createElement("div");
                    line.innerHTML = html;
                    return line;
                }));
                document.querySelector(".reveal").append(holder);
                const seen = [...holder.children].map(look);
                holder.remove();
                return seen;
            };
            const place = document.querySelector(".code.editing .editor");
            const editor = ace.edit(place);
            editor.setValue(texts, -1);
            editor.setOptions({ maxLines: 2000 });
            editor.renderer.updateFull(true);
            await new Promise((done) => setTimeout(done, 500));
            const wanted = draw(lines);
            const inEditor = [...place.querySelectorAll(".ace_line")].map(look);
            const left = draw(TalkCode.blocks[0].colours(texts));
            if (inEditor.length !== lines.length) return `${inEditor.length} of ${lines.length}`;
            return wanted.flatMap((line, row) => [inEditor[row], left[row]].filter(
                (other) => String(other) !== String(line)).map((other) => [line, other]));
        }"""
"""Colour and weight of each character: as Pygments has it, in the editor, and where it left."""


def test_an_edited_line_has_the_colours_of_the_others(slides):
    """All code on stage and more: the editor's colours, and those it leaves, are Pygments'."""
    to_code(slides, "07a")
    edit(slides)
    names = slides.page.evaluate("TalkCode.blocks.map(({state, names}) => [state.demo, names])")
    texts = [shown(find(demo), functions) for demo, functions in names if functions] + [SAMPLE]
    assert len(texts) > 20
    lines = highlight_code("\n".join(texts))
    different = slides.page.evaluate(LOOKS, [lines, "\n".join(texts).rstrip("\n")])
    slides.press("Escape")
    slides.press("z")
    assert different == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_editor_stays_on_its_slide_with_the_type_of_the_code(slides, theme):
    """Each slide with code: same size and font, five more lines, and nothing leaves the slide."""
    slides.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    names = slides.page.evaluate(
        "[...document.querySelectorAll('.code[data-demo]')].map(code => code.dataset.demo)"
    )
    assert len(names) > 10
    for name in names:
        to_code(slides, name.partition("_")[0])
        code = slides.page.locator(f"{LEAF} .code pre").first
        look = "e => [getComputedStyle(e).fontFamily, getComputedStyle(e).fontSize]"
        before, place = code.evaluate(look), code.bounding_box()
        edit(slides)
        editor = slides.page.locator(f"{LEAF} .editor").first
        assert editor.evaluate(look) == before, name
        assert abs(editor.bounding_box()["y"] - place["y"]) < 3, name
        slides.press("Control+End")
        slides.page.keyboard.insert_text("\n" * 5 + "# " + "wide " * 40)
        lowest = slides.page.evaluate(
            f"""Math.max(...[...document.querySelectorAll("{LEAF} .editor, {LEAF} .stage")]
                .map(element => element.getBoundingClientRect().bottom))"""
        )
        assert lowest <= 720, name
        caret = slides.page.locator(f"{LEAF} .ace_cursor").bounding_box()
        assert caret["width"] >= 3 and caret["x"] < 1220, f"{name}: no caret in sight"
        slides.press("Escape")
        slides.press("z")
