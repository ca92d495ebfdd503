// Keys that clickers send besides next and previous. Their start button sends F5 (some Shift+F5) and Esc in turn, and
// would load the page anew, or bring up the overview: here it does nothing, but it leaves an overview.
window.TalkClicker = (function () {
  "use strict";

  const F5 = 116;

  // Whether Esc has something to close here.
  function isWanted(Reveal) {
    return Reveal.isOverlayOpen() || Boolean(window.TalkEditor && window.TalkEditor.isOpen());
  }

  function install(Reveal) {
    let started = false; // the button's next key is Esc
    addEventListener("keydown", (event) => {
      const isStart = event.keyCode === F5 && !event.ctrlKey && !event.metaKey && !event.altKey;
      const isEnd = event.key === "Escape" && started && !isWanted(Reveal);
      if (!isStart && !isEnd) return;
      started = isStart;
      if (Reveal.isOverview()) Reveal.toggleOverview(false);
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
  }

  return { install };
})();
