// The picture of this very run (M): the program of the slide is run and measured; what it did is drawn when it has ended.
// And a terminal for slides that have code but none of their own: both come up over the lower part of the slide.
window.TalkPicture = (function () {
  "use strict";

  const { make } = window.TalkTerminal;
  const ROWS = 11; // of a terminal over the lower part of a slide
  const drawers = new Map();

  // A place over the lower part of a slide, made when it is needed.
  class Drawer {
    constructor(slide) {
      this.slide = slide;
      this.element = make("div", "drawer");
      this.stage = null;
      slide.append(this.element);
    }

    // The terminal in it, for the program that stands on the slide.
    terminal(makeStage, demo) {
      if (!this.stage) {
        const element = make("div", "stage");
        element.dataset.demo = demo;
        element.dataset.rows = ROWS;
        element.append(make("p", "command", `python demos/${demo}.py`), make("div", "screen"));
        this.element.append(element);
        this.stage = makeStage(element);
      }
      this.element.classList.add("open");
      return this.stage;
    }

    close() {
      this.element.classList.remove("open");
    }
  }

  function drawerOn(slide) {
    if (!drawers.has(slide)) drawers.set(slide, new Drawer(slide));
    return drawers.get(slide);
  }

  // Where the picture of a run on `stage` goes: the place of the picture of the same demo, or a place over the slide.
  function frameFor(stage) {
    const slide = stage.element.closest("section.leaf");
    const there = [...slide.querySelectorAll("figure.timeline[data-demo]")].find(
      (figure) => !figure.closest(".drawer") && (figure.dataset.demo === stage.demo || figure.dataset.demo === stage.program().demo));
    if (there) return there;
    let over = slide.querySelector(":scope > .drawer.picture");
    if (!over) {
      over = make("div", "drawer picture");
      over.append(make("figure", "timeline"));
      slide.append(over);
    }
    return over.firstElementChild;
  }

  function show(stage, svg) {
    const figure = frameFor(stage);
    hide(stage.element.closest("section.leaf"));
    const measured = make("div", "this-run");
    measured.innerHTML = svg.replace(/\bt\d\d[a-z]-(?=\w)/g, "run-$&"); // ids are unique in a page
    measured.append(make("p", "tag", "this run"));
    figure.append(measured);
    figure.classList.add("measured");
    const over = figure.closest(".drawer.picture");
    if (over) over.classList.add("open");
  }

  // Puts back what was there; whether there was anything to put back.
  function hide(slide) {
    const measured = slide ? [...slide.querySelectorAll(".this-run")] : [];
    for (const one of measured) {
      const figure = one.closest("figure");
      figure.classList.remove("measured");
      const over = figure.closest(".drawer.picture");
      if (over) over.classList.remove("open");
      one.remove();
    }
    return measured.length > 0;
  }

  function closeDrawer(slide) {
    const drawer = drawers.get(slide);
    if (!drawer || !drawer.element.classList.contains("open")) return false;
    drawer.close();
    return true;
  }

  return { drawerOn, show, hide, closeDrawer };
})();
