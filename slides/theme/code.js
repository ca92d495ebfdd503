// The code on a slide: the lines that stand there, the step that is lit, a change that types itself, an edit.
window.TalkCode = (function () {
  "use strict";

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const blocks = [];
  const watchers = [];
  let Reveal = null;

  const textOf = (lines) => lines.map((line) => line.text).join("\n");

  function plainText(html) {
    const holder = document.createElement("span");
    holder.innerHTML = html;
    return holder.textContent;
  }

  function asHtml(text) {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  // One block of code. Its states are what stands there before, between and after the changes that type themselves;
  // most blocks have one.
  class Block {
    constructor(element, number) {
      this.element = element;
      this.slide = element.closest("section.leaf");
      this.number = number; // among the code of its slide
      this.names = (element.dataset.names || "").split(",").filter(Boolean);
      this.pre = element.querySelector("pre");
      this.code = element.querySelector("code");
      this.place = `${this.slide ? this.slide.id : ""} ${number}`;
      this.states = this.readStates();
      this.at = this.states.length - 1;
      this.lit = "";
      this.wrong = 0;
      this.stopTyping = null;
      this.completeTyping = () => {}; // as if the last key had been typed
      this.colours = null;
      this.note = null;
      if (this.states.length > 1) {
        const most = Math.max(...this.states.map(({ lines }) => lines.length));
        this.code.style.minHeight = `${most * 1.36}em`; // what stands below it does not move
      }
    }

    readStates() {
      const script = this.element.querySelector("script.states");
      const states = script ? JSON.parse(script.textContent) : [{
        demo: this.element.dataset.demo,
        lines: [...this.code.querySelectorAll(".line")].map((line) => (
          { html: line.innerHTML, step: line.dataset.step || "", changed: false })),
      }];
      for (const { lines } of states) for (const line of lines) line.text = plainText(line.html);
      return states;
    }

    get state() { return this.states[this.at]; }
    get base() { return textOf(this.state.lines); }
    get editPlace() { return `${this.place} ${this.at}`; }
    get edit() { return window.TalkEdits ? window.TalkEdits.get(this.editPlace) : null; }

    // What stands here now: the demo it is of, and its text where that is not what the demo's file says.
    program() {
      const edit = this.edit;
      const text = edit ? edit.text : this.state.between ? this.base : null;
      return { demo: this.state.demo, names: this.names, slide: this.slide.id, text, edited: Boolean(edit) };
    }

    draw() {
      const edit = this.edit;
      const lines = edit ? this.editedLines(edit.text) : this.state.lines;
      this.code.replaceChildren(...lines.map((line, row) => this.line(line, row + 1)));
      this.element.classList.toggle("edited", Boolean(edit));
      this.element.classList.toggle("stepping", this.lit !== "" && !edit);
      const outdated = edit && edit.base !== this.base;
      this.say(outdated ? "The file has changed since this was edited: Z shows it." : "");
    }

    // On paper stands what the file has in the end.
    onPaper() {
      const at = this.at;
      this.finishTyping();
      this.at = this.states.length - 1;
      this.code.replaceChildren(...this.state.lines.map((line) => this.line(line, 0)));
      this.at = at;
    }

    line(line, number) {
      const element = document.createElement("span");
      element.className = "line";
      element.innerHTML = line.html;
      if (line.step) element.dataset.step = line.step;
      element.classList.toggle("changed", Boolean(line.changed));
      element.classList.toggle("on", this.lit !== "" && String(line.step) === this.lit);
      element.classList.toggle("wrong", number > 0 && number === this.wrong);
      return element;
    }

    // Edited lines keep the steps of the lines that they come from.
    editedLines(text) {
      const before = this.state.lines;
      const texts = text.split("\n");
      let head = 0, tail = 0;
      while (head < before.length && head < texts.length && before[head].text === texts[head]) head++;
      while (tail < before.length - head && tail < texts.length - head
             && before[before.length - 1 - tail].text === texts[texts.length - 1 - tail]) tail++;
      return texts.map((line, row) => {
        const old = row < head ? before[row]
          : row >= texts.length - tail ? before[before.length - texts.length + row]
            : before[Math.min(row, before.length - tail - 1)];
        const same = old && old.text === line;
        const html = same ? old.html : this.colours ? this.colours(text)[row] : asHtml(line);
        return { html, text: line, step: old && row < before.length - tail ? old.step : same ? old.step : "", changed: !same };
      });
    }

    say(text) {
      if (!text && !this.note) return;
      if (!this.note) {
        this.note = document.createElement("p");
        this.note.className = "said";
        this.note.setAttribute("role", "status");
        this.element.append(this.note);
      }
      this.note.textContent = text;
    }

    // To a state, and the step that is lit in it.
    settle(at, lit, fresh) {
      const typing = fresh && at === this.at + 1 && !this.edit && !still.matches ? fresh : null;
      this.finishTyping();
      const before = this.state;
      const moved = at !== this.at;
      this.at = at;
      this.lit = lit;
      if (typing) this.type(before, typing);
      else this.draw();
      if (moved) this.changed();
    }

    type(before, step) {
      const done = () => {
        if (!this.stopTyping) return;
        this.finishTyping();
        this.draw();
        ended(this, step);
      };
      this.completeTyping = done;
      this.element.classList.remove("stepping");
      this.element.classList.add("typing");
      const after = this.state.lines;
      const show = (lines) => {
        this.code.replaceChildren(...lines.map((html) => this.line({ html, changed: false }, 0)));
      };
      this.stopTyping = window.TalkTypist.type(before.lines, after, this.state.edits, show, done);
    }

    finishTyping() {
      if (!this.stopTyping) return;
      this.stopTyping();
      this.stopTyping = null;
      this.element.classList.remove("typing");
    }

    // A line in which a run went wrong; 0 for none.
    mark(number) {
      if (number === this.wrong) return;
      this.wrong = number;
      this.draw();
      tellWrong(this);
      for (const watcher of watchers) watcher(this);
      if (number && this.code.children[number - 1]) this.code.children[number - 1].scrollIntoView({ block: "nearest" });
    }

    changed() {
      if (this.wrong) {
        this.wrong = 0;
        tellWrong(this);
      }
      for (const watcher of watchers) watcher(this);
    }

    // What an editor leaves here.
    put(text) {
      window.TalkEdits.set(this.editPlace, this.edit ? this.edit.base : this.base, text);
      this.changed();
    }

    reset() {
      window.TalkEdits.forget(this.editPlace);
      this.changed();
      this.draw();
    }
  }

  // A line that went wrong is marked in the speaker view, too.
  const wrongOf = ({ slide, number, wrong }) => ({ slide: slide.id, number, wrong });

  function tellWrong(block) {
    window.TalkMirror.tell("mark", wrongOf(block));
  }

  function mirrorMark({ slide, number, wrong }) {
    const block = blocks.find((one) => one.slide && one.slide.id === slide && one.number === number);
    if (block) block.mark(wrong);
  }

  function on(slide) {
    return blocks.filter((block) => block.slide === slide);
  }

  // The block whose program a terminal for `demo` on this slide runs: one of its states is of that demo.
  function blockFor(slide, demo) {
    const here = on(slide).filter((block) => block.names.length);
    return here.find((block) => !demo || block.states.some((state) => state.demo === demo)) || null;
  }

  // The end of a change comes right after its last key, or at once where nothing is typed.
  function ended(block, change) {
    const end = block.element.querySelector(`.step[data-kind="typed"][data-change="${change.dataset.change}"]`);
    if (end && !end.classList.contains("visible")) window.TalkSteps.passOver(block.slide, end, true);
  }

  function settle(slide, shown, { fresh, back }) {
    for (const block of on(slide)) {
      const mine = shown.filter((step) => block.element.contains(step));
      const changes = mine.filter((step) => step.dataset.kind === "change");
      const marks = mine.filter((step) => step.dataset.kind === "mark");
      const isChange = fresh && fresh === changes[changes.length - 1] ? fresh : null;
      const at = block.states.length > 1 ? changes.length : 0;
      block.settle(at, marks.length ? marks[marks.length - 1].dataset.step : "", isChange);
      if (changes.length && !back && !block.stopTyping) ended(block, changes[changes.length - 1]);
    }
  }

  function install(reveal) {
    Reveal = reveal;
    for (const slide of document.querySelectorAll("section.leaf")) {
      [...slide.querySelectorAll(".code[data-demo]")].forEach((element, number) => blocks.push(new Block(element, number)));
    }
    if (Reveal.isPrintView()) return;
    window.TalkSteps.follow(settle);
    for (const block of blocks) block.settle(0, "", null);
    addEventListener("beforeprint", () => blocks.forEach((block) => block.onPaper()));
    addEventListener("afterprint", () => blocks.forEach((block) => block.draw()));
    window.TalkMirror.part("mark", {
      mirror: mirrorMark,
      stands: (slide) => on(slide).filter(({ wrong }) => wrong).map(wrongOf),
    });
    if (window.TalkEdits) window.TalkEdits.follow(() => blocks.forEach((block) => { block.draw(); block.changed(); }));
  }

  return { install, on, blockFor, watch: (watcher) => watchers.push(watcher), blocks };
})();
