// The deck: reveal.js set up, dark and light.
(function () {
  "use strict";

  const root = document.documentElement;
  const query = new URLSearchParams(location.search);
  const mirror = window.TalkMirror;
  const isFrame = mirror.role !== "deck"; // of the speaker view: it shows what the deck shows, and nothing else

  function setTheme(name) {
    root.dataset.theme = name;
  }

  function recall(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  }

  function remember(key, value) {
    try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ }
  }

  const asked = query.has("print-pdf") ? "light" : query.get("theme") || recall("talk-theme");
  setTheme(asked === "light" ? "light" : "dark");

  function toggleTheme() {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    setTheme(next);
    remember("talk-theme", next);
    mirror.tell("theme", next);
  }

  // Turned round, a tablet changes between slides and one long page, and stays where it was.
  function turn() {
    let place = window.TalkSteps.address();
    if (root.classList.contains("reading")) {
      const here = [...document.querySelectorAll("section.leaf")].find((slide) => slide.getBoundingClientRect().bottom > innerHeight / 3);
      place = `#/${here ? here.id : ""}`;
    }
    history.replaceState(null, "", place);
    location.reload();
  }
  if (matchMedia("(pointer: coarse)").matches && window.TalkInHand) window.TalkInHand.addEventListener("change", turn);

  // A phone reads one long page (theme/reading.css), where an address leads to its slide all the same.
  if (root.classList.contains("reading")) {
    const toSlide = function () {
      const slide = document.getElementById(location.hash.slice(2).split("/")[0]);
      if (slide) slide.scrollIntoView();
    };
    addEventListener("hashchange", toSlide);
    history.scrollRestoration = "manual"; // a page that was turned round has another height
    toSlide();
    if (window.TalkScheduler) window.TalkScheduler.install({ addKeyBinding: function () {} });
    root.classList.add("talk-ready");
    return;
  }

  // Paper is light (theme/print.css).
  let before = root.dataset.theme;
  addEventListener("beforeprint", function () { before = root.dataset.theme; setTheme("light"); });
  addEventListener("afterprint", function () { setTheme(before); });

  // Whoever moves the mouse is looking for the arrows; for everybody else they are in the way.
  // Chromium also reports a mouse that lies still, when a page appears under it.
  let resting = 0;
  addEventListener("mousemove", function (event) {
    if (!event.movementX && !event.movementY) return;
    root.classList.add("pointing");
    clearTimeout(resting);
    resting = setTimeout(function () { root.classList.remove("pointing"); }, 2500);
  });

  const Reveal = window.Reveal;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    fragmentInURL: true,
    respondToHashChanges: true,
    navigationMode: "linear", // next and previous alone lead through all of it
    controls: !isFrame,
    controlsTutorial: false,
    keyboard: !isFrame,
    touch: !isFrame,
    postMessage: false, // or the speaker view throws back a deck that has gone on: it reports its frames' place late
    url: mirror.address(),
    progress: true,
    slideNumber: false,
    transition: still ? "none" : "fade",
    transitionSpeed: "fast",
    backgroundTransition: "none",
    autoAnimate: false,
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    totalTime: window.TALK.seconds || 0,
    plugins: window.RevealNotes ? [window.RevealNotes] : [],
  }).then(function () {
    Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, toggleTheme);
    mirror.part("theme", { mirror: setTheme, stands: () => [root.dataset.theme] });
    if (window.TALK.served && !isFrame) {
      Reveal.addKeyBinding({ keyCode: 67, key: "C", description: "Code it: this slide's cells in RISE" }, function () {
        window.TalkReload.go(`${window.TALK.base}rise/${Reveal.getCurrentSlide().id}`);
      });
    }
    // the mirror first, so that it tells of a step before what the step does; steps after all who follow them
    const { TalkCode, TalkStage, TalkScheduler, TalkSteps, TalkClicker, TalkSpeaker, TalkRehearsal } = window;
    for (const part of [
      mirror, TalkCode, TalkStage, TalkScheduler, TalkSteps, TalkClicker, TalkSpeaker, TalkRehearsal,
    ]) {
      if (part) part.install(Reveal);
    }
    mirror.begin();
    root.classList.add("talk-ready");
  });
})();
