// What the deck tells its speaker view (theme/speaker/): where the talk is, what the next press will do, the time, and
// what has gone wrong. And the keys that are pressed in the view: they act here.
window.TalkSpeaker = (function () {
  "use strict";

  const { tell, part, follow, following, role } = window.TalkMirror;
  const talk = window.TALK || {};
  const PAUSE = 40; // ms in which news are gathered
  let Reveal = null;
  let later = 0;

  const titleOf = (slide) => slide.querySelector("h1, h2").textContent.trim();
  const shortName = (demo) => demo.split("_")[0];

  function leaves() {
    return [...document.querySelectorAll("section.leaf")];
  }

  function toNextSlide(slide) {
    const next = following();
    const running = slide.querySelector(".stage.running") ? "stops the run, then " : "";
    if (!next) return "the end: this is the last slide";
    const kind = next.classList.contains("section") ? "section" : "slide";
    const { leftOut, optional } = next.dataset;
    const mark = leftOut !== undefined ? " (left out)" : optional !== undefined ? " (optional)" : "";
    return `${running}next ${kind}${mark}: ${titleOf(next)}`;
  }

  function runs(slide, step) {
    const { demo } = step.closest(".stage").dataset;
    const block = window.TalkCode.blockFor(slide, demo);
    const program = block ? block.program() : { demo, edited: false };
    return `${talk.served ? "runs" : "plays"} ${shortName(program.demo)}${program.edited ? ", edited" : ""}`;
  }

  // A step among those of its kind on the slide, as "2 of 3"; nothing for the only one.
  function count(slide, step) {
    const all = [...slide.querySelectorAll(`.fragment[data-kind="${step.dataset.kind}"]`)];
    return all.length > 1 ? ` ${all.indexOf(step) + 1} of ${all.length}` : "";
  }

  // What the next press of next will do, in words.
  function nextPress() {
    const slide = Reveal.getCurrentSlide();
    if (Reveal.isPaused()) return "black: b or . on again";
    if (Reveal.isOverview()) return "overview: Esc ends it";
    const step = window.TalkSteps.ahead(window.TalkStage.isDone);
    if (!step) return toNextSlide(slide);
    switch (step.dataset.kind) {
      case "mark": return `step${count(slide, step) || " 1 of 1"} in the code`;
      case "change": return `types the change${count(slide, step)}`;
      case "typed": return "completes the change";
      case "run": return runs(slide, step);
      case "picture": return "shows the picture of the run";
      default: return "shows more of this slide";
    }
  }

  // What has gone wrong, in words; nothing for the most part.
  function alarm() {
    return window.TalkStage.failure(Reveal.getCurrentSlide()) || (window.TalkReload ? window.TalkReload.problem() : "");
  }

  function status() {
    const slide = Reveal.getCurrentSlide();
    const all = leaves();
    return {
      title: titleOf(slide),
      number: all.indexOf(slide) + 1,
      of: all.length,
      section: slide.dataset.section,
      isLast: !following(),
      next: nextPress(),
      alarm: alarm(),
      plan: window.TalkClock.plan(slide),
      times: window.TalkClock.times(),
      theme: document.documentElement.dataset.theme,
    };
  }

  function say() {
    clearTimeout(later);
    later = setTimeout(() => tell("status", status()), PAUSE);
  }

  // A key of the speaker view, as if it had been pressed here. An editor would keep it, and nobody types from there:
  // it is closed first; Esc does no more than that, and Ctrl+Enter runs what was written.
  function press(key) {
    const editor = window.TalkEditor;
    if (editor && editor.isOpen()) {
      editor.close();
      if (key.key === "Escape") return;
      if (key.ctrlKey && key.key === "Enter") {
        editor.run();
        return;
      }
    }
    document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
  }

  function asked({ key, restart }) {
    if (key) press(key);
    if (restart) window.TalkClock.begin(Reveal.getCurrentSlide());
    say();
  }

  function install(reveal) {
    if (role !== "deck" || reveal.isPrintView()) return;
    Reveal = reveal;
    window.TalkClock.install(Reveal);
    part("status", { mirror: () => {}, stands: () => [status()], asked });
    follow((name, message) => { if (name !== "status" && message.feed === undefined) say(); });
    for (const name of ["overviewshown", "overviewhidden"]) Reveal.on(name, say);
    window.TalkCode.watch(say);
  }

  return { install };
})();
