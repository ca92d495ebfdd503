// The plan of the talk: how long each slide may take, and what is left out of it after a rehearsal that was too long.
//
// window.TALK.plan = { slot, planned, rehearsed, leaveOut } in seconds, with the ids of the slides to leave out;
// <section data-optional> is a slide that the talk can do without, <section data-left-out> one that it does without.
// A slide that is left out takes no time: every clock that adds up data-timing goes by the shortened plan.
window.TalkPlan = (function () {
  "use strict";

  const talk = window.TALK || {};
  const plan = talk.plan || { leaveOut: [] };
  const IN_PLACE_OF = "Left out: with it the last rehearsal was too long.";

  function leaveOut(slide) {
    talk.seconds -= Number(slide.dataset.timing) || 0;
    slide.dataset.timing = 0;
    slide.dataset.leftOut = "";
    const notes = slide.querySelector("aside.notes");
    if (!notes) return;
    const words = document.createElement("p");
    words.className = "left-out";
    words.append(document.createElement("strong"));
    words.firstChild.textContent = IN_PLACE_OF;
    notes.prepend(words);
  }

  for (const id of plan.leaveOut) {
    const slide = document.getElementById(id);
    if (slide) leaveOut(slide);
  }

  return plan;
})();
