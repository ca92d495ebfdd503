// The served deck follows its files: it reloads when nothing runs, and begins where it ended.
window.TalkReload = (function () {
  "use strict";

  const { inSpeakerView } = window.TalkSteps;
  const { make } = window.TalkTerminal;
  let Reveal = null;
  let stages = [];
  let pending = null; // "now", or "calm" for news that can wait

  function started() {
    const slide = Reveal.getCurrentSlide();
    return stages.filter((stage) => slide && slide.contains(stage.element) && stage.element.classList.contains("started"));
  }

  // Reloads once nothing runs; for news that can wait, once there is no output on the slide either.
  function calm() {
    if (!pending || stages.some((stage) => stage.terminal.running)) return;
    if (window.TalkEditor && window.TalkEditor.isOpen()) return;
    if (pending === "calm" && started().length) return;
    remember();
    location.reload();
  }

  // The frames of the speaker view share one storage.
  const memory = () => `talk ${location.search}`;

  // The reloaded page begins where this one ends: its slide and fragment, and what its terminals show.
  function remember() {
    const screens = started().map((stage) => ({ demo: stage.demo, ...stage.terminal.remember() }));
    sessionStorage.setItem(memory(), JSON.stringify({ reveal: Reveal.getState(), screens }));
    const slide = Reveal.getCurrentSlide();
    const fragment = Reveal.getIndices().f;
    if (!inSpeakerView && slide && slide.id) {
      history.replaceState(null, "", `#/${slide.id}${fragment >= 0 ? `/${fragment}` : ""}`);
    }
  }

  function restore() {
    const text = sessionStorage.getItem(memory());
    if (!text) return;
    sessionStorage.removeItem(memory());
    const { reveal, screens } = JSON.parse(text);
    if (inSpeakerView) {
      Reveal.setState(reveal);
      return;
    }
    const slide = Reveal.getCurrentSlide();
    for (const stage of stages.filter(({ element }) => slide && slide.contains(element))) {
      const screen = screens.find(({ demo }) => demo === stage.demo);
      if (screen) stage.terminal.restore(screen);
    }
  }

  function install(reveal, all) {
    Reveal = reveal;
    stages = all;
    restore();
    let problem = null;
    window.TalkLink.listen({
      reload(when) {
        pending = pending === "now" ? "now" : when;
        calm();
      },
      problem(text) {
        if (!text && !problem) return;
        problem = problem || document.body.appendChild(make("p", "problem"));
        problem.setAttribute("role", "status");
        problem.textContent = text;
      },
    });
  }

  return { install, calm };
})();
