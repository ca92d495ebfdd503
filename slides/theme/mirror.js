// The deck and its speaker view: what happens on the deck happens in the frames of the view, too.
//
// A part of the deck (its place, a terminal, a picture …) tells what it does; in the frames the same part does it
// after. A page that begins to look says hello, and gets what has to be done to show what stands there. It goes
// through a BroadcastChannel, which also joins pages that were opened as files.
window.TalkMirror = (function () {
  "use strict";

  const { inSpeakerView } = window.TalkSteps;
  const query = new URLSearchParams(location.search);
  const role = !inSpeakerView ? "deck" : query.get("controls") === "false" ? "upcoming" : "current"; // reveal.js asks so
  const deck = inSpeakerView ? query.get("deck") : nameOfDeck();
  const me = random();
  const parts = new Map();
  const followers = [];
  const channel = (window.TALK || {}).notes && window.BroadcastChannel ? new BroadcastChannel(`talk ${deck}`) : null;
  let Reveal = null;

  function random() {
    return Math.random().toString(36).slice(2);
  }

  // The same over reloads, another in another window.
  function nameOfDeck() {
    const KEY = "talk-deck";
    try {
      const name = sessionStorage.getItem(KEY) || random();
      sessionStorage.setItem(KEY, name);
      return name;
    } catch {
      return "";
    }
  }

  // Where the frames of the speaker view find the deck: reveal.js adds what makes them frames.
  function address() {
    const url = new URL(location.href);
    url.hash = "";
    url.searchParams.set("deck", deck);
    return url.href;
  }

  // A part: `mirror(message)` does in a frame what was told, `stands(slide)` gives the messages that show what stands
  // on a slide, `asked(message)` is for what the speaker view wants of the deck.
  function part(name, { mirror, stands = () => [], asked = () => {} }) {
    parts.set(name, { mirror, stands, asked });
  }

  function post(name, message, to) {
    if (channel) channel.postMessage({ part: name, message, to });
  }

  function tell(name, message) {
    if (role !== "deck") return;
    post(name, message);
    for (const follower of followers) follower(name, message);
  }

  function tellWhatStands(slide, to) {
    for (const [name, { stands }] of parts) for (const message of stands(slide)) post(name, message, to);
  }

  function hear({ data: { part: name, message, to } }) {
    if (to && to !== me) return;
    if (role === "deck") {
      if (name === "hello") tellWhatStands(Reveal.getCurrentSlide(), message);
      else if (parts.has(name)) parts.get(name).asked(message);
    } else if (parts.has(name) && (role === "current" || ["place", "theme"].includes(name))) parts.get(name).mirror(message);
  }

  // -- the place: which slide, how many of its steps --

  // The slide after this one, however many steps this one still has.
  function following() {
    const leaves = [...document.querySelectorAll("section.leaf")];
    return leaves[leaves.indexOf(Reveal.getCurrentSlide()) + 1] || null;
  }

  function place(pressed = false) {
    const next = following();
    return {
      slide: Reveal.getCurrentSlide().id,
      fragment: Reveal.getIndices().f,
      paused: Reveal.isPaused(),
      next: next ? next.id : null,
      pressed,
    };
  }

  function go({ slide: id, fragment, paused, next, pressed }) {
    const slide = document.getElementById(role === "upcoming" ? next : id);
    if (!slide) return;
    const { h, v } = Reveal.getIndices(slide);
    if (role === "upcoming") Reveal.slide(h, v, -1);
    else {
      window.TalkSteps.mirror({ h, v, f: fragment }, pressed);
      Reveal.togglePause(paused);
    }
  }

  // First of all parts, so that the place is told before what happens there.
  function install(reveal) {
    Reveal = reveal;
    part("place", { mirror: go, stands: () => [place()] });
    if (channel) channel.onmessage = hear;
    if (role !== "deck") return;
    Reveal.on("fragmentshown", (event) => tell("place", place(Boolean(window.TalkSteps.reached(event)))));
    for (const name of ["fragmenthidden", "paused", "resumed"]) Reveal.on(name, () => tell("place", place()));
    Reveal.on("slidechanged", ({ currentSlide }) => {
      tell("place", place());
      for (const [name, { stands }] of parts) {
        if (name !== "place") for (const message of stands(currentSlide)) post(name, message);
      }
    });
  }

  // Last: everybody who could tell or do something is there.
  function begin() {
    if (role === "deck") tellWhatStands(Reveal.getCurrentSlide());
    else post("hello", me);
  }

  return { install, begin, part, tell, following, follow: (follower) => followers.push(follower), address, role };
})();
