// The steps of a slide: what happens on it, one after the other, at each press of next.
//
// A step is a reveal.js fragment with a `data-kind`: "mark" lights lines of code, "change" types one, "typed" is where
// the typing has ended, "run" starts what stands there, "picture" is the picture of a run. All but the picture show
// nothing by themselves (`.step`). So the clicker, the keyboard, a swipe, the speaker view and an address all go
// through the same list, and back again.
window.TalkSteps = (function () {
  "use strict";

  const followers = [];
  const inSpeakerView = new URLSearchParams(location.search).has("receiver");
  const STEP = ".fragment[data-kind]";
  let Reveal = null;
  let here = null; // the slide that was settled last
  let mirroring = false;

  // follower(slide, shown, { fresh, back }): `shown` are the steps that have happened on the slide; `fresh` is the
  // one that a press of next has just reached, null where the slide was come to in another way; `back` are those
  // that were just taken back, null for none.
  function follow(follower) {
    followers.push(follower);
  }

  function settle(slide, fresh, back = null) {
    if (!slide) return;
    here = slide;
    const shown = [...slide.querySelectorAll(`${STEP}.visible`)];
    for (const follower of followers) follower(slide, shown, { fresh, back });
  }

  // An address or a jump that shows a slide with its steps is no press: it comes from another slide.
  function reached(event) {
    const one = event.fragments && event.fragments.length === 1 ? event.fragments[0] : null;
    const pressed = inSpeakerView ? mirroring : !Reveal.isOverview() && Reveal.getCurrentSlide() === here;
    return one && one.matches(STEP) && pressed ? one : null;
  }

  // In a frame of the speaker view: to where the deck is, `pressed` where that was by a press.
  function mirror(indices, pressed) {
    mirroring = pressed;
    Reveal.slide(indices.h, indices.v, indices.f);
    mirroring = false;
  }

  // What a press of next reaches: the first step that has not happened and is not `done` already; null where that is
  // the next slide.
  function ahead(done = () => false) {
    const slide = Reveal.getCurrentSlide();
    const coming = [...slide.querySelectorAll(".fragment:not(.visible)")];
    const index = (fragment) => Number(fragment.dataset.fragmentIndex);
    return coming.sort((one, other) => index(one) - index(other)).find((fragment) => !done(fragment)) || null;
  }

  // The end of a change is no press of its own: it is passed over, on the way there and on the way back.
  function passOver(slide, step, forward) {
    if (inSpeakerView) return;
    queueMicrotask(() => { // after what reveal.js still does for this press, before the next one
      if (Reveal.getCurrentSlide() !== slide || step.classList.contains("visible") === forward) return;
      if (forward) Reveal.nextFragment();
      else Reveal.prevFragment();
    });
  }

  // The press that has reached `step` does what comes after it: what the step would do has been done already.
  function goOn(slide, step) {
    queueMicrotask(() => {
      if (Reveal.getCurrentSlide() === slide && step.classList.contains("visible")) Reveal.next();
    });
  }

  // The address of what stands there: reveal.js writes it later than it shows it.
  function address() {
    const slide = Reveal && Reveal.getCurrentSlide();
    if (!slide || !slide.id) return location.hash;
    const fragment = Reveal.getIndices().f;
    return `#/${slide.id}${fragment >= 0 ? `/${fragment}` : ""}`;
  }

  function install(reveal) {
    Reveal = reveal;
    Reveal.on("slidechanged", (event) => settle(event.currentSlide, null));
    Reveal.on("fragmentshown", (event) => settle(Reveal.getCurrentSlide(), reached(event)));
    Reveal.on("fragmenthidden", (event) => {
      const slide = Reveal.getCurrentSlide();
      const last = event.fragments && event.fragments[event.fragments.length - 1];
      settle(slide, null, event.fragments || []);
      if (last && last.dataset.kind === "typed") {
        const change = slide.querySelector(`.step[data-kind="change"][data-change="${last.dataset.change}"]`);
        if (change) passOver(slide, change, false);
      }
    });
    settle(Reveal.getCurrentSlide(), null);
  }

  return { install, follow, passOver, goOn, mirror, ahead, reached, address, inSpeakerView };
})();
