// The served deck follows its files: it reloads when nothing runs, and begins where it ended.
window.TalkReload = (function () {
  "use strict";

  const { inSpeakerView } = window.TalkSteps;
  const { make } = window.TalkTerminal;
  let Reveal = null;
  let stages = [];
  let said = ""; // why the deck could not be built
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

  const MEMORY = "talk-screens";

  // The reloaded page begins where this one ends: its slide and fragment, and what the terminals show, on other slides
  // too. The frames of the speaker view get all that from the deck.
  function remember() {
    if (inSpeakerView) return;
    const screens = stages.filter(({ element }) => element.classList.contains("started")).map((stage) => stage.remember());
    sessionStorage.setItem(MEMORY, JSON.stringify(screens));
    const slide = Reveal.getCurrentSlide();
    const fragment = Reveal.getIndices().f;
    if (slide && slide.id) history.replaceState(null, "", `#/${slide.id}${fragment >= 0 ? `/${fragment}` : ""}`);
  }

  function restore() {
    const text = inSpeakerView ? null : sessionStorage.getItem(MEMORY);
    if (!text) return;
    sessionStorage.removeItem(MEMORY);
    const screens = JSON.parse(text);
    for (const stage of stages) {
      stage.kept = screens.find(({ slide, demo }) => demo === stage.demo && slide === stage.slide.id) || null;
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
        said = text;
        window.TalkMirror.tell("problem", text);
        if (!text && !problem) return;
        problem = problem || document.body.appendChild(make("p", "problem"));
        problem.setAttribute("role", "status");
        problem.textContent = text;
      },
    });
  }

  return { install, calm, problem: () => said };
})();
