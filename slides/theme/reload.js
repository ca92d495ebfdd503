// The served deck follows its files: it reloads when nothing runs, and begins where it ended.
window.TalkReload = (function () {
  "use strict";

  const { address, inSpeakerView } = window.TalkSteps;
  const { make } = window.TalkTerminal;
  const PATIENCE = 60_000; // milliseconds that another page may take
  let Reveal = null;
  let stages = [];
  let said = ""; // why the deck could not be built
  let pending = null; // "now", or "calm" for news that can wait
  let asking = false; // whether the server is there
  let leaving = false; // the reload is under way
  let elsewhere = false; // another page is being loaded
  let stageAt = () => null;

  function started() {
    const slide = Reveal.getCurrentSlide();
    return stages.filter((stage) => slide && slide.contains(stage.element) && stage.element.classList.contains("started"));
  }

  // Whether a reload would end nothing: no run, no editor, no black screen, no overview, no way to another page. News
  // that can wait also wait for what a reload can't put back: output on the slide, the steps of a schedule, a full
  // screen.
  function isCalm() {
    if (elsewhere) return false;
    if (stages.some((stage) => stage.terminal.running)) return false;
    if (window.TalkEditor && window.TalkEditor.isOpen()) return false;
    if (Reveal.isPaused() || Reveal.isOverview()) return false;
    if (pending === "now") return true;
    const slide = Reveal.getCurrentSlide();
    return !started().length && !document.fullscreenElement && !(slide && slide.querySelector(".scheduler .past li"));
  }

  // Reloads for news once it is calm, if there is a server to load from: a page without one keeps its slides, and hears
  // from the next.
  async function calm() {
    if (!pending || asking || !isCalm()) return;
    asking = true;
    const isThere = await window.TalkLink.isThere();
    asking = false;
    if (!isThere || !isCalm()) return;
    remember();
    leaving = true;
    location.reload();
  }

  const MEMORY = "talk-screens";
  const PLACE = "talk-place";

  // The reloaded page begins where this one ends: its slide and fragment, and what the terminals show, on other slides
  // too. The frames of the speaker view get all that from the deck.
  function remember() {
    if (inSpeakerView) return;
    const screens = stages.map((stage) => stage.kept || (stage.isOut() ? stage.remember() : null)).filter(Boolean);
    sessionStorage.setItem(MEMORY, JSON.stringify(screens));
    const place = address();
    sessionStorage.setItem(PLACE, place);
    if (!leaving) history.replaceState(null, "", place);
  }

  // A reload has the address of its beginning: what was pressed until the answer came is in PLACE.
  addEventListener("pagehide", () => leaving && remember());
  if (!inSpeakerView && sessionStorage.getItem(PLACE)) {
    history.replaceState(null, "", sessionStorage.getItem(PLACE));
    sessionStorage.removeItem(PLACE);
  }

  function restore() {
    const text = inSpeakerView ? null : sessionStorage.getItem(MEMORY);
    if (!text) return;
    sessionStorage.removeItem(MEMORY);
    for (const screen of JSON.parse(text)) {
      const stage = stageAt(screen);
      if (stage && stage.demo === screen.demo) stage.kept = screen;
    }
  }

  // To another page, which may take its time: a kernel is started for RISE. Nobody tells a page that this was ended.
  function go(url) {
    elsewhere = true;
    setTimeout(stay, PATIENCE);
    location.href = url;
  }

  function stay() {
    elsewhere = false;
    calm();
  }

  function install(reveal, all, at) {
    Reveal = reveal;
    stages = all;
    stageAt = at;
    restore();
    for (const name of ["resumed", "overviewhidden"]) Reveal.on(name, calm);
    document.addEventListener("fullscreenchange", calm);
    addEventListener("pageshow", (event) => { if (event.persisted) stay(); }); // back again
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

  return { install, calm, go, problem: () => said };
})();
