// What runs on a slide: the step "run" or R runs what stands there, X stops it, T plays the recording, M measures a
// run and draws it.
window.TalkStage = (function () {
  "use strict";

  const talk = window.TALK || {};
  const { inSpeakerView, goOn } = window.TalkSteps;
  const { Terminal } = window.TalkTerminal;
  const { tell } = window.TalkMirror;
  const MEND = "T plays the recording";
  const CORES = 6; // from here on two runs that compute don't take each other's
  const stages = [];
  let Reveal = null;

  const calm = () => window.TalkReload && window.TalkReload.calm();

  // How a run is started here, for those who do not know.
  let touched = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const hint = () => `${touched ? "tap" : "R"} ${talk.served ? "runs it" : "plays it"}`;

  // The recordings that are in the page, or that were fetched before they are needed.
  const tapes = new Map();

  // A terminal and the demo that runs in it.
  class Stage {
    constructor(element) {
      this.element = element;
      this.demo = element.dataset.demo;
      this.slide = element.closest("section.leaf");
      this.step = element.querySelector('.step[data-kind="run"]');
      this.byHand = null; // the program that a key or a click has started, as text
      this.failed = ""; // what went wrong with the last run and what helps, in words
      this.kept = null; // what stood here before a reload
      this.terminal = new Terminal(element, {
        hint: element.dataset.lacks || hint(),
        onEnd: calm,
        tell: (event) => tell("terminal", { ...this.place(), ...event }),
      });
      const inline = element.querySelector("script.recording");
      if (inline) tapes.set(this.key(this.demo), { cast: JSON.parse(inline.textContent).cast, isEarlier: false });
      element.addEventListener("click", () => {
        if (String(getSelection())) return;
        choose(this);
        this.terminal.hint.blur();
        if (!this.terminal.running) this.live();
      });
    }

    // Where it is, for the same deck in another page.
    place() {
      const isIn = (stage) => stage.slide === this.slide && !stage.isDrawer;
      return { slide: this.slide.id, number: this.isDrawer ? -1 : stages.filter(isIn).indexOf(this), demo: this.demo };
    }

    // Whether there is something in it to see: a drawer may be closed.
    isOut() {
      const drawer = this.element.closest(".drawer");
      return this.element.classList.contains("started") && (!drawer || drawer.classList.contains("open"));
    }

    get isDrawer() { return Boolean(this.element.closest(".drawer")); }

    // What runs of a demo here are known by: its name, and the Python that this terminal is for.
    key(demo) {
      const { python } = this.element.dataset;
      return python ? `${demo}@${python}` : demo;
    }

    // The terminals that one press starts: those with the same demo on other Pythons stand beside it.
    twins() {
      const isTwin = (other) => other.element.dataset.python && other.demo === this.demo;
      return this.element.dataset.python ? on(this.slide).filter(isTwin) : [this];
    }

    // What R runs here: what the code of the slide says, or the demo as it is.
    program() {
      const block = window.TalkCode.blockFor(this.slide, this.demo);
      const program = block ? block.program() : { demo: this.demo, names: [], slide: this.slide.id, text: null, edited: false };
      return { ...program, run: this.key(program.demo) };
    }

    // The command line names the Python and the file that the next run is of.
    name() {
      const { demo, edited } = this.program();
      const { command } = this.terminal;
      const start = (demo === this.demo && this.element.dataset.command) || "python";
      command.replaceChildren(`${start} demos/${demo}.py`);
      if (edited) command.append(window.TalkTerminal.make("span", "edited", "edited"));
    }

    mark(line) {
      const block = window.TalkCode.blockFor(this.slide, this.demo);
      if (block) block.mark(line);
    }

    // Whether a key has done already what the step would do.
    isDone() {
      return this.byHand !== null && this.byHand === JSON.stringify(this.program());
    }

    starts(byStep) {
      this.byHand = byStep ? null : JSON.stringify(this.program());
      this.failed = "";
      this.kept = null;
      this.name();
    }

    live({ measure = false, byStep = false } = {}) {
      if (!talk.served) {
        this.tape({ byStep });
        return;
      }
      window.TalkPicture.hide(this.slide);
      const all = measure ? [this] : this.twins();
      const begun = all.map((stage) => {
        stage.starts(byStep);
        stage.mark(0);
        return stage.terminal.begin("live");
      });
      const inTurn = navigator.hardwareConcurrency < CORES;
      const go = (number) => {
        if (number < all.length) all[number].run(begun[number], { measure, byStep, after: () => inTurn && go(number + 1) });
      };
      if (inTurn) go(0);
      else all.forEach((_, number) => go(number));
    }

    run(now, { measure, byStep, after }) {
      if (!now.isLast()) return;
      this.terminal.end = window.TalkLink.run(this.program(), {
        text: (text) => now.feed(text),
        picture: (svg) => { if (now.isLast()) window.TalkPicture.show(this, svg); },
        ended: (words, line) => {
          if (now.isLast()) {
            this.mark(line);
            const hasMend = !words || words.includes(MEND) || this.element.dataset.lacks; // then there is no recording
            this.failed = hasMend ? words || "" : `${words}: ${MEND}`;
          }
          now.done(words);
          after();
        },
        lost: () => {
          if (!now.isLast()) return;
          if (this.terminal.shown) {
            this.failed = `The server is gone. ${MEND}.`;
            now.done(this.failed);
            after();
          } else this.tape({ byStep, instead: "The server does not answer: this is the recording" });
        },
      }, { measure });
    }

    // What was fetched before it is needed is there even when the server is not.
    async prefetch() {
      const { run } = this.program();
      if (!talk.served || tapes.has(run)) return;
      try {
        const tape = await window.TalkLink.recording(run, { ready: true });
        if (tape) tapes.set(run, tape);
      } catch { /* T will ask again */ }
    }

    // `instead` says why, where something else was asked for.
    tape({ byStep = false, instead = "" } = {}) {
      for (const stage of this.twins()) stage.playTape(byStep, instead);
    }

    async playTape(byStep, instead) {
      const { run, text, edited } = this.program();
      this.starts(byStep);
      if (!tapes.has(run) && this.element.dataset.lacks) {
        this.terminal.begin("tape").done(this.element.dataset.lacks);
        return;
      }
      if (text !== null && !edited && !talk.served) {
        this.terminal.begin("tape").done("There is no recording of what stands here: go on one step.");
        return;
      }
      if (!tapes.has(run)) {
        const now = this.terminal.begin("tape");
        try {
          tapes.set(run, await window.TalkLink.recording(run));
        } catch (error) {
          if (now.isLast()) this.failed = error.message;
          now.done(error.message);
          return;
        }
        if (!now.isLast()) return;
      }
      const tape = tapes.get(run);
      const which = edited ? "the recording is of the program as it was"
        : tape.isEarlier ? "recorded before the last change of the file" : "";
      this.terminal.play(tape.cast, instead || which);
      if (instead) this.terminal.say(instead);
    }

    stop() {
      for (const { terminal } of this.twins().filter((stage) => stage.terminal.running)) {
        terminal.halt();
        terminal.say("stopped");
        calm();
      }
    }

    // No reload begins while something runs, but R may come before the new page does.
    remember() {
      const again = this.terminal.running && this.terminal.kind === "live";
      return { ...this.place(), ...this.terminal.remember(), byHand: this.byHand, again };
    }

    // What stood here before a reload. In a file that is read, where nothing has been played yet although its step is
    // past: the end of the recording, as on paper.
    restore() {
      const { step } = this.twins()[0];
      const past = step && step.classList.contains("visible");
      const tape = !talk.served && past && !this.element.classList.contains("started") && tapes.get(this.key(this.demo));
      const { kept } = this;
      if (kept && kept.again) this.live({ byStep: kept.byHand === null });
      else if (kept) {
        this.terminal.restore(kept);
        this.byHand = kept.byHand;
      } else if (tape) this.terminal.restore({ kind: "tape", shown: window.TalkTerminal.textOf(tape.cast), said: "" });
      this.kept = null;
    }
  }

  function on(slide) {
    return stages.filter((stage) => slide && slide.contains(stage.element));
  }

  // With two terminals on a slide: the one that was clicked last, or else the first. A slide that has code and no
  // terminal gets one when it is needed.
  function chosen({ needed = true } = {}) {
    const slide = Reveal.getCurrentSlide();
    const here = on(slide);
    if (here.length) {
      const stage = here.find(({ element }) => element.classList.contains("chosen")) || here[0];
      if (needed && stage.isDrawer) window.TalkPicture.drawerOn(slide).element.classList.add("open");
      return stage;
    }
    const block = needed && slide ? window.TalkCode.blockFor(slide, null) : null;
    return block ? window.TalkPicture.drawerOn(slide).terminal(add, block.program().demo) : null;
  }

  function choose(stage) {
    const here = on(Reveal.getCurrentSlide());
    for (const other of here) other.element.classList.toggle("chosen", here.length > 1 && other === stage);
  }

  function add(element) {
    const stage = new Stage(element);
    stages.push(stage);
    return stage;
  }

  const bind = (keyCode, key, description, act) => Reveal.addKeyBinding({ keyCode, key, description }, act);

  function prepare(slide) {
    for (const stage of on(slide)) {
      stage.name();
      if (inSpeakerView) continue;
      stage.terminal.open();
      stage.prefetch();
      stage.restore();
    }
  }

  // The step "run": a press of next that reaches it runs what stands there, unless a key has done that already; then
  // the press does what comes after it. Taken back, it stops.
  function settle(slide, shown, { fresh, back }) {
    if (inSpeakerView) return;
    for (const stage of on(slide).filter(({ step }) => step)) {
      if (back && back.includes(stage.step)) {
        stage.stop();
        stage.byHand = null;
      }
      if (fresh !== stage.step) continue;
      if (stage.isDone()) goOn(slide, stage.step);
      else stage.live({ byStep: true });
    }
  }

  const isDone = (step) => stages.some((stage) => stage.step === step && stage.isDone());

  // What went wrong with a run on this slide, in words.
  function failure(slide) {
    return on(slide).map(({ failed }) => failed).find(Boolean) || "";
  }

  // The terminal of a place on another page of the same deck.
  function stageAt({ slide: id, number, demo }) {
    const slide = document.getElementById(id);
    if (!slide) return null;
    if (number < 0) return window.TalkCode.blockFor(slide, null) ? window.TalkPicture.drawerOn(slide).terminal(add, demo) : null;
    return on(slide).filter((one) => !one.isDrawer)[number] || null;
  }

  // In a frame of the speaker view: the terminal does what the deck's does.
  function mirror({ slide, number, demo, ...event }) {
    const stage = stageAt({ slide, number, demo });
    if (!stage) return;
    if (event.begin) stage.name();
    stage.terminal.mirror(event);
  }

  // The same for one that begins to look now.
  function stands(slide) {
    return on(slide).filter((stage) => stage.isOut())
      .flatMap((stage) => stage.terminal.stands().map((event) => ({ ...stage.place(), ...event })));
  }

  function onTouch(event) {
    if (event.pointerType !== "touch" || touched) return;
    touched = true;
    for (const stage of stages) stage.terminal.hint.textContent = hint();
  }

  const withStage = (act, options) => () => {
    const stage = chosen(options);
    if (stage) act(stage);
  };

  // Esc puts back what a key has brought up; where there is nothing, it is reveal.js's.
  function putBack(event) {
    if (event.key !== "Escape" || (window.TalkEditor && window.TalkEditor.isOpen())) return;
    const slide = Reveal.getCurrentSlide();
    if (!window.TalkPicture.hide(slide) && !window.TalkPicture.closeDrawer(slide)) return;
    for (const stage of on(slide)) if (stage.isDrawer) stage.terminal.halt();
    event.stopImmediatePropagation();
    event.preventDefault();
  }

  function keys() {
    bind(82, "R", talk.served ? "Run what stands on this slide, or run it anew" : "Play its recording", withStage((stage) => stage.live()));
    bind(88, "X", "Stop it", withStage((stage) => stage.stop(), { needed: false }));
    bind(84, "T", talk.served ? "Play its recording (tape)" : "The same", withStage((stage) => stage.tape()));
    if (!talk.served) return;
    bind(77, "M", "Measure a run and draw it; again: put the picture back", () => {
      if (!window.TalkPicture.hide(Reveal.getCurrentSlide())) withStage((stage) => stage.live({ measure: true }))();
    });
    bind(69, "E", "Edit the code on this slide (Esc ends it, Ctrl+Enter runs it)", () => {
      window.TalkEditor.edit(window.TalkCode.blockFor(Reveal.getCurrentSlide(), null));
    });
    bind(90, "Z", "Take back what was edited on this slide", () => window.TalkEditor.reset());
  }

  function leave(slide) {
    for (const stage of stages) {
      if (slide && slide.contains(stage.element)) continue;
      if (stage.terminal.running) stage.terminal.halt();
      stage.byHand = null;
    }
  }

  function install(reveal) {
    Reveal = reveal;
    if (Reveal.isPrintView() || !window.TalkTerminal.isPossible) return;
    for (const element of document.querySelectorAll(".stage")) add(element);
    window.TalkSteps.follow(settle);
    window.TalkMirror.part("terminal", { mirror, stands });
    window.TalkPicture.install(stageAt);
    window.TalkCode.watch((block) => on(block.slide).forEach((stage) => stage.name()));
    if (!inSpeakerView) {
      keys();
      addEventListener("keydown", putBack, true);
      addEventListener("pointerdown", onTouch, true);
    }
    if (window.TalkEditor) window.TalkEditor.install(Reveal, withStage((stage) => stage.live()));
    Reveal.on("slidechanged", (event) => {
      leave(event.currentSlide);
      if (event.previousSlide) {
        window.TalkPicture.hide(event.previousSlide);
        window.TalkPicture.closeDrawer(event.previousSlide);
      }
      prepare(event.currentSlide);
      calm();
    });
    if (talk.served) window.TalkReload.install(Reveal, stages, stageAt);
    prepare(Reveal.getCurrentSlide());
  }

  return { install, on, isDone, failure };
})();
