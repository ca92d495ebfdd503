// The steps of a slide: what happens on it, one after the other, at each press of next.
//
// A step is a reveal.js fragment that shows nothing by itself: `.fragment.step` with a `data-kind`
// ("mark" lights lines of code, "change" types one, "typed" is where the typing has ended). So the clicker,
// the keyboard, a swipe, the speaker view and an address all go through the same list, and back again.
window.TalkSteps = (function () {
  "use strict";

  const followers = [];
  const inSpeakerView = new URLSearchParams(location.search).has("receiver");
  let Reveal = null;

  // follower(slide, shown, { fresh, back }): `shown` are the steps that have happened on the slide; `fresh` is the
  // one that a press of next has just reached, null where the slide was come to in another way; `back` says that
  // a step was taken back.
  function follow(follower) {
    followers.push(follower);
  }

  function settle(slide, fresh, back = false) {
    if (!slide) return;
    const shown = [...slide.querySelectorAll(".fragment.step.visible")];
    for (const follower of followers) follower(slide, shown, { fresh, back });
  }

  function reached(event) {
    const one = event.fragments && event.fragments.length === 1 ? event.fragments[0] : null;
    return one && one.matches(".step") && !inSpeakerView && !Reveal.isOverview() ? one : null;
  }

  // The end of a change is no press of its own: it is passed over, on the way there and on the way back.
  function passOver(slide, step, forward) {
    if (inSpeakerView) return;
    setTimeout(() => {
      if (Reveal.getCurrentSlide() !== slide || step.classList.contains("visible") === forward) return;
      if (forward) Reveal.nextFragment();
      else Reveal.prevFragment();
    });
  }

  function install(reveal) {
    Reveal = reveal;
    Reveal.on("slidechanged", (event) => settle(event.currentSlide, null));
    Reveal.on("fragmentshown", (event) => settle(Reveal.getCurrentSlide(), reached(event)));
    Reveal.on("fragmenthidden", (event) => {
      const slide = Reveal.getCurrentSlide();
      const last = event.fragments && event.fragments[event.fragments.length - 1];
      settle(slide, null, true);
      if (last && last.dataset.kind === "typed") {
        const change = slide.querySelector(`.step[data-kind="change"][data-change="${last.dataset.change}"]`);
        if (change) passOver(slide, change, false);
      }
    });
    settle(Reveal.getCurrentSlide(), null);
  }

  return { install, follow, passOver, inSpeakerView };
})();
