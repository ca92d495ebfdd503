// What the presenter has changed on the slides: kept over reloads until Z, or until another server answers.
window.TalkEdits = (function () {
  "use strict";

  const KEY = "talk-edits";
  const server = (window.TALK || {}).server || "";

  function read() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "{}");
      return kept.server === server && server ? kept.edits : {};
    } catch {
      return {};
    }
  }

  let edits = read();

  function write() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ server, edits }));
    } catch { /* a private window: the edits live as long as the page */ }
  }

  // `place` names a block of code in one of its states; `base` is the text that was edited.
  const get = (place) => edits[place] || null;

  function set(place, base, text) {
    if (text === base) delete edits[place];
    else edits[place] = { base, text };
    write();
  }

  function forget(place) {
    delete edits[place];
    write();
  }

  // Other pages of this browser (the speaker view) hear of it.
  function follow(follower) {
    addEventListener("storage", (event) => {
      if (event.key !== KEY) return;
      edits = read();
      follower();
    });
  }

  return { get, set, forget, follow };
})();
