// A rehearsal: the page tells the server which slide stands, and that somebody is there (slides/rehearse/watch.py).
window.TalkRehearsal = (function () {
  "use strict";

  const talk = window.TALK || {};
  const SIGNS = ["keydown", "pointermove", "pointerdown", "wheel"];
  const EVERY = 5000; // ms between two signs of life

  function install(Reveal) {
    if (!talk.rehearsal || window.TalkSteps.inSpeakerView) return;
    const show = (slide) => {
      if (slide && slide.id) window.TalkLink.tell({ slide: slide.id });
    };
    Reveal.on("slidechanged", (event) => show(event.currentSlide));
    show(Reveal.getCurrentSlide());
    let last = 0;
    const sign = () => {
      const now = Date.now();
      if (now - last < EVERY) return;
      last = now;
      window.TalkLink.tell({ alive: true });
    };
    for (const name of SIGNS) addEventListener(name, sign, { capture: true, passive: true });
  }

  return { install };
})();
