// The deck: reveal.js set up, dark and light.
(function () {
  "use strict";

  const root = document.documentElement;
  const query = new URLSearchParams(location.search);

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
  }

  // Turned round, a tablet changes between slides and one long page, and stays where it was.
  function turn() {
    if (root.classList.contains("reading")) {
      const here = [...document.querySelectorAll("section.leaf")].find((slide) => slide.getBoundingClientRect().bottom > innerHeight / 3);
      history.replaceState(null, "", `#/${here ? here.id : ""}`);
    }
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
  let resting = 0;
  addEventListener("mousemove", function () {
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
    controls: true,
    controlsTutorial: false,
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
    if (window.TALK.served && !/[?&]receiver/.test(location.search)) {
      Reveal.addKeyBinding({ keyCode: 67, key: "C", description: "Code it: this slide's cells in RISE" }, function () {
        location.href = window.TALK.base + "rise/" + Reveal.getCurrentSlide().id;
      });
    }
    // steps last: by then everybody who follows them is there
    for (const part of [window.TalkCode, window.TalkStage, window.TalkScheduler, window.TalkSteps, window.TalkRehearsal]) {
      if (part) part.install(Reveal);
    }
    root.classList.add("talk-ready");
  });
})();
