// What a slide can look like while it is coded on: slides/lint.js brings it into each of these and looks again.
// By name, a function that does it to a slide and gives the one that undoes it; nothing where the slide can't.
({
  // for tests that want to know what was looked at
  seen: (window.lintSaw ??= {}),

  block(slide) { return window.TalkCode.on(slide).find(({ names }) => names.length); },
  pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),

  // An open editor, with something typed into it at its end.
  async editor(slide, typed) {
    const block = this.block(slide);
    if (!block || !window.TalkEditor) return null;
    await window.TalkEditor.edit(block);
    if (!window.TalkEditor.isOpen()) return null;
    const editor = window.ace.edit(block.element.querySelector(".editor"));
    editor.navigateFileEnd();
    if (typed) editor.insert(typed);
    editor.renderer.updateFull(true);
    await this.pause(60);
    return () => {
      window.TalkEditor.close();
      block.mark(0);
      block.reset();
    };
  },

  // What `text` looks like in all terminals of a slide; `words` are said at its end.
  async printed(slide, text, words) {
    const stages = window.TalkStage.on(slide);
    for (const { element, terminal } of stages) {
      const now = terminal.begin("live");
      now.feed(text(element).replace(/\n/g, "\r\n"));
      await now.done(words);
    }
    await this.pause(60);
    return stages.length ? () => {} : null;
  },

  // A terminal that comes up over the lower part of a slide which has code and none of its own.
  async drawer(slide) {
    if (!this.block(slide) || window.TalkStage.on(slide).some(({ element }) => !element.closest(".drawer"))) return null;
    Reveal.triggerKey(84);
    await this.pause(60);
    return () => window.TalkPicture.closeDrawer(slide);
  },

  states: {
    "editor open": (on, slide) => on.editor(slide, ""),
    "long line in the editor": (on, slide) => on.editor(slide, `\n\n\n\n    say("main", "${"far ".repeat(40)}")`),
    "error marked in the editor": async (on, slide) => {
      const leave = await on.editor(slide, "\n    1 / 0");
      if (leave) on.block(slide).mark(2);
      await on.pause(60);
      return leave;
    },
    "edited": async (on, slide) => {
      const leave = await on.editor(slide, "\n    1 / 0");
      if (leave) window.TalkEditor.close();
      return leave;
    },
    "error marked": async (on, slide) => {
      const block = on.block(slide);
      if (!block) return null;
      block.mark(2);
      return () => block.mark(0);
    },
    "another file": async (on, slide) => {
      const block = on.block(slide);
      if (!block || !window.TalkEditor) return null;
      block.say("The file has changed since this was edited: Z shows it.");
      return () => block.say("");
    },
    "half typed": async (on, slide) => {
      const block = on.block(slide);
      if (!block || block.states.length < 2) return null;
      const at = block.at;
      block.finishTyping();
      block.lit = "";
      block.at = 1;
      block.type(block.states[0], document.createElement("span"));
      await on.pause(600);
      return () => {
        block.finishTyping();
        block.at = at;
        block.draw();
      };
    },
    "longer output": (on, slide) => on.printed(slide, (element) => (
      (element.querySelector(".transcript") || element).textContent.replace(/(?<![\d.,:])\d{3,6}(?![\d.,:]*\d)/g, "4194304")), ""),
    "traceback": (on, slide) => on.printed(slide, () => (
      `Traceback (most recent call last):\n${'  File "demos/07a_lost_update.py", line 41, in flow\n    deposit()\n'.repeat(4)}`
      + "ValueError: a long explanation of what went wrong here, and where\n"), "ended with exit status 1"),
    "drawer open": async (on, slide) => {
      const leave = await on.drawer(slide);
      if (leave) await on.printed(slide, () => " 0.00 main       says something\n".repeat(12), "stopped");
      return leave;
    },
    "this run": async (on, slide) => {
      const drawn = slide.querySelector("figure.timeline > svg") || document.querySelector("figure.timeline > svg");
      if (!drawn || !(on.block(slide) || window.TalkStage.on(slide).length)) return null;
      await on.drawer(slide);
      const stage = window.TalkStage.on(slide)[0];
      stage.terminal.halt();
      window.TalkPicture.show(stage, drawn.outerHTML);
      return () => {
        window.TalkPicture.hide(slide);
        window.TalkPicture.closeDrawer(slide);
      };
    },
  },
})
