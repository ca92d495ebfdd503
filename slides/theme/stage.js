// What runs on a slide: R runs what stands there, X stops it, T plays the recording, M measures a run and draws it.
window.TalkStage = (function () {
  "use strict";

  const talk = window.TALK || {};
  const { inSpeakerView } = window.TalkSteps;
  const { Terminal } = window.TalkTerminal;
  const stages = [];
  let Reveal = null;

  const calm = () => window.TalkReload && window.TalkReload.calm();

  // The recordings that are in the page, or that were fetched before they are needed.
  const tapes = new Map();

  // A terminal and the demo that runs in it.
  class Stage {
    constructor(element) {
      this.element = element;
      this.demo = element.dataset.demo;
      this.slide = element.closest("section.leaf");
      this.terminal = new Terminal(element, { hint: talk.served ? "R runs it" : "R plays it", onEnd: calm });
      const inline = element.querySelector("script.recording");
      if (inline) tapes.set(this.demo, { cast: JSON.parse(inline.textContent).cast, isEarlier: false });
      element.addEventListener("click", () => {
        if (String(getSelection())) return;
        choose(this);
        this.terminal.hint.blur();
        if (!this.terminal.running) this.live();
      });
    }

    // What R runs here: what the code of the slide says, or the demo as it is.
    program() {
      const block = window.TalkCode.blockFor(this.slide, this.demo);
      return block ? block.program() : { demo: this.demo, names: [], slide: this.slide.id, text: null, edited: false };
    }

    // The command line names the file that the next run is of.
    name() {
      const { demo, edited } = this.program();
      const { command } = this.terminal;
      command.replaceChildren(`python demos/${demo}.py`);
      if (edited) command.append(window.TalkTerminal.make("span", "edited", "edited"));
    }

    mark(line) {
      const block = window.TalkCode.blockFor(this.slide, this.demo);
      if (block) block.mark(line);
    }

    live({ measure = false } = {}) {
      if (!talk.served) {
        this.tape();
        return;
      }
      window.TalkPicture.hide(this.slide);
      this.name();
      this.mark(0);
      const now = this.terminal.begin("live");
      this.terminal.end = window.TalkLink.run(this.program(), {
        text: (text) => now.feed(text),
        picture: (svg) => { if (now.isLast()) window.TalkPicture.show(this, svg); },
        ended: (words, line) => {
          if (now.isLast()) this.mark(line);
          now.done(words);
        },
        lost: () => {
          if (!now.isLast()) return;
          if (this.terminal.shown) now.done("The server is gone. T plays the recording.");
          else this.tape("The server does not answer: this is the recording");
        },
      }, { measure });
    }

    // What was fetched before it is needed is there even when the server is not.
    async prefetch() {
      const { demo } = this.program();
      if (!talk.served || tapes.has(demo)) return;
      try {
        const tape = await window.TalkLink.recording(demo, { ready: true });
        if (tape) tapes.set(demo, tape);
      } catch { /* T will ask again */ }
    }

    // `instead` says why, where something else was asked for.
    async tape(instead = "") {
      const { demo, text, edited } = this.program();
      this.name();
      if (text !== null && !edited && !talk.served) {
        this.terminal.begin("tape").done("There is no recording of what stands here: go on one step.");
        return;
      }
      if (!tapes.has(demo)) {
        const now = this.terminal.begin("tape");
        try {
          tapes.set(demo, await window.TalkLink.recording(demo));
        } catch (error) {
          now.done(error.message);
          return;
        }
        if (!now.isLast()) return;
      }
      const tape = tapes.get(demo);
      const which = edited ? "the recording is of the program as it was"
        : tape.isEarlier ? "recorded before the last change of the file" : "";
      this.terminal.play(tape.cast, instead || which);
      if (instead) this.terminal.say(instead);
    }

    stop() {
      if (!this.terminal.running) return;
      this.terminal.halt();
      this.terminal.say("stopped");
      calm();
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
      if (needed && stage.element.closest(".drawer")) window.TalkPicture.drawerOn(slide).element.classList.add("open");
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

  // The speaker view shows the deck in frames: its keys are meant for the stage, not for the small copy.
  function bind(keyCode, key, description, act) {
    Reveal.addKeyBinding({ keyCode, key, description }, () => {
      if (inSpeakerView) {
        const message = JSON.stringify({ method: "triggerKey", args: [keyCode] });
        if (window.parent.opener) window.parent.opener.postMessage(message, "*");
      } else act();
    });
  }

  function prepare(slide) {
    if (inSpeakerView) return;
    for (const stage of on(slide)) {
      stage.name();
      stage.terminal.open();
      stage.prefetch();
    }
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
    for (const stage of on(slide)) if (stage.element.closest(".drawer")) stage.terminal.halt();
    event.stopImmediatePropagation();
    event.preventDefault();
  }

  function keys() {
    bind(82, "R", "Run what stands on this slide, or run it anew", withStage((stage) => stage.live()));
    bind(88, "X", "Stop it", withStage((stage) => stage.stop(), { needed: false }));
    bind(84, "T", "Play its recording (tape)", withStage((stage) => stage.tape()));
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
      if (stage.terminal.running && !(slide && slide.contains(stage.element))) stage.terminal.halt();
    }
  }

  function install(reveal) {
    Reveal = reveal;
    if (Reveal.isPrintView() || !window.TalkTerminal.isPossible) return;
    for (const element of document.querySelectorAll(".stage")) add(element);
    keys();
    addEventListener("keydown", putBack, true);
    window.TalkCode.watch((block) => on(block.slide).forEach((stage) => stage.name()));
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
    prepare(Reveal.getCurrentSlide());
    if (talk.served) window.TalkReload.install(Reveal, stages);
  }

  return { install, on };
})();
