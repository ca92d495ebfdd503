// Be the scheduler: 1 and 2 (or a click, or a touch) let one flow or the other do the next step, 0 starts again.
(function () {
  "use strict";

  const KEYS = { 48: "again", 49: "1", 50: "2", 96: "again", 97: "1", 98: "2" };
  const WORDS = {
    read: (who, value) => `${who} reads ${value}`,
    add: (who, value) => `${who} adds 1 and has ${value} in hand`,
    write: (who, value) => `${who} writes ${value}`,
  };

  class Stage {
    constructor(root) {
      this.root = root;
      this.code = JSON.parse(root.dataset.code);
      this.columns = new Map([...root.querySelectorAll(".flow")].map((column) => [column.dataset.flow, column]));
      root.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button) this.press(button.dataset.step || "again");
      });
      // Space presses the button that has the focus; it must not turn the page as well.
      root.addEventListener("keydown", (event) => {
        if (event.key === " " && event.target.closest("button")) event.stopPropagation();
      });
      this.again();
    }

    press(what) {
      if (what === "again") this.again();
      else this.step(what);
      const slide = this.root.closest("section.leaf");
      if (slide) window.TalkMirror.tell("scheduler", { slide: slide.id, what });
    }

    again() {
      this.counter = 0;
      this.past = [];
      this.flows = { 1: { next: 0, hand: null }, 2: { next: 0, hand: null } };
      this.show("Who does the first step?");
    }

    step(who) {
      const flow = this.flows[who], name = this.name(who);
      if (flow.next >= this.code.length) {
        this.show(`${name} has done everything`);
        return;
      }
      while (!this.code[flow.next]) flow.next += 1;  // touches nothing that is shared
      const step = this.code[flow.next];
      if (step === "read") flow.hand = this.counter;
      if (step === "add") flow.hand += 1;
      if (step === "write") this.counter = flow.hand;
      flow.next += 1;
      this.past.push(who);
      const news = WORDS[step](name, flow.hand);
      const done = Object.values(this.flows).every((each) => each.next >= this.code.length);
      this.show(done ? `${news}. ${this.verdict()}` : news);
    }

    name(who) {
      return this.columns.get(who).dataset.name;
    }

    verdict() {
      return this.counter === 2 ? "Counted twice: nothing is lost." : `Two updates, and the counter is ${this.counter}: one is lost!`;
    }

    show(news) {
      const find = (selector) => this.root.querySelector(selector);
      const done = Object.values(this.flows).every((each) => each.next >= this.code.length);
      find(".counter").textContent = this.counter;
      find(".news").textContent = news;
      this.root.dataset.end = done ? (this.counter === 2 ? "kept" : "lost") : "";
      for (const [who, flow] of Object.entries(this.flows)) {
        const column = this.columns.get(who);
        let next = flow.next;
        while (next < this.code.length && !this.code[next]) next += 1;
        column.querySelectorAll("li").forEach((line, number) => {
          line.classList.toggle("done", number < flow.next);
          line.classList.toggle("next", number >= flow.next && number <= next);
        });
        column.querySelector("output").textContent = flow.hand === null ? "–" : flow.hand;
        column.querySelector("button").setAttribute("aria-disabled", flow.next >= this.code.length);
      }
      find(".past").replaceChildren(...this.past.map((who) => {
        const item = document.createElement("li");
        item.dataset.flow = item.textContent = who;
        item.style.color = this.columns.get(who).style.color;
        item.setAttribute("aria-label", this.name(who));
        return item;
      }));
    }
  }

  const stages = new WeakMap();

  function wake() {
    for (const root of document.querySelectorAll(".scheduler")) {
      if (!stages.has(root)) stages.set(root, new Stage(root));
    }
  }

  const stageOn = (slide) => {
    const root = slide && slide.querySelector(".scheduler");
    return root ? stages.get(root) : null;
  };

  // In the speaker view; also for one that begins to look now.
  function mirror({ slide, what }) {
    const stage = stageOn(document.getElementById(slide));
    if (stage) stage.press(what);
  }

  function stands(slide) {
    const stage = stageOn(slide);
    return stage ? ["again", ...stage.past].map((what) => ({ slide: slide.id, what })) : [];
  }

  // The keys act on the slide that has a stage, and nowhere else.
  function install(Reveal) {
    wake();
    const [first] = document.querySelectorAll(".scheduler");
    if (!first) return;
    window.TalkMirror.part("scheduler", { mirror, stands });
    for (const [keyCode, what] of Object.entries(KEYS)) {
      const description = what === "again" ? "Be the scheduler: again" : `Be the scheduler: ${stages.get(first).name(what)}'s next step`;
      const key = String(keyCode % 48);
      Reveal.addKeyBinding({ keyCode: Number(keyCode), key, description }, function () {
        const stage = stageOn(Reveal.getCurrentSlide());
        if (stage) stage.press(what);
      });
    }
  }

  window.TalkScheduler = { install };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wake);
  else wake();
})();
