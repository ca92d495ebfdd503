// The time of a talk: when it began, and how long each section has been on. It goes on over reloads.
//
// It begins when the first slide is left, and once more when that is left after it was there for half a minute: whoever
// has looked through the slides goes back to the title and waits for the room. A click on it begins anew, too.
window.TalkClock = (function () {
  "use strict";

  const KEY = "talk-clock";
  const REST = 30_000; // ms on the first slide after which leaving it begins the talk
  let times = { began: null, spent: {}, section: null, since: null }; // ms
  let arrived = Date.now(); // on the slide that shows

  function read() {
    try {
      times = JSON.parse(sessionStorage.getItem(KEY)) || times;
    } catch { /* a window that keeps nothing */ }
  }

  function write() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(times));
    } catch { /* a window that keeps nothing */ }
  }

  // From now on the talk is in this section.
  function enter(section) {
    const now = Date.now();
    if (times.section) times.spent[times.section] = (times.spent[times.section] || 0) + now - times.since;
    times.section = section;
    times.since = now;
  }

  function begin(slide) {
    times = { began: Date.now(), spent: {}, section: null, since: null };
    enter(slide.dataset.section);
    write();
  }

  function moved(from, to, first) {
    const rested = from === first && Date.now() - arrived > REST;
    arrived = Date.now();
    if (times.began === null || rested) begin(to);
    else if (to.dataset.section !== times.section) {
      enter(to.dataset.section);
      write();
    }
  }

  // What is planned, in seconds: each section, and from when to when `slide` is. What is left out takes no time
  // (theme/plan.js).
  function plan(slide) {
    const sections = [];
    let at = 0;
    let here = { from: 0, to: 0 };
    for (const leaf of document.querySelectorAll("section.leaf")) {
      const seconds = Number(leaf.dataset.timing) || 0;
      const number = leaf.dataset.section;
      if (!sections.length || sections[sections.length - 1].number !== number) sections.push({ number, seconds: 0, title: "" });
      const section = sections[sections.length - 1];
      section.seconds += seconds;
      if (leaf.classList.contains("section")) section.title = leaf.querySelector("h1").textContent;
      if (leaf === slide) here = { from: at, to: at + seconds };
      at += seconds;
    }
    return { sections, ...here, total: at };
  }

  function install(Reveal) {
    read();
    const first = document.querySelector("section.leaf");
    Reveal.on("slidechanged", ({ previousSlide, currentSlide }) => moved(previousSlide, currentSlide, first));
  }

  return { install, begin, plan, times: () => times };
})();
