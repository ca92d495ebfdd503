// The picture of this very run (M): the program of the slide is run and measured; what it did is drawn when it has ended.
// And a terminal for slides that have code but none of their own: both come up over the lower part of the slide.
window.TalkPicture = (function () {
  "use strict";

  const { make } = window.TalkTerminal;
  const ROWS = 11; // of a terminal over the lower part of a slide
  const { tell, part } = window.TalkMirror;
  const EDGE = 12; // px that stay free below a picture
  const drawers = new Map();
  const measured = new Map(); // by slide: the stage and the picture of its run

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
      this.open();
      return this.stage;
    }

    open() {
      this.element.classList.add("open");
    }

    close() {
      this.element.classList.remove("open");
      tell("drawer", { slide: this.slide.id, open: false });
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
    hide(stage.slide);
    measured.set(stage.slide, { ...stage.place(), svg });
    tell("picture", measured.get(stage.slide));
    const picture = make("div", "this-run");
    picture.innerHTML = svg.replace(/\bt\d\d[a-z]-(?=\w)/g, "run-$&"); // ids are unique in a page
    picture.append(make("p", "tag", "this run"));
    figure.append(picture);
    figure.classList.add("measured");
    const over = figure.closest(".drawer.picture");
    if (over) over.classList.add("open");
    fit(picture, stage.slide);
  }

  // More flows than the picture had that it takes the place of make it higher: it stays on its slide.
  function fit(picture, slide) {
    const drawing = picture.querySelector("svg");
    if (!drawing) return;
    const scale = slide.getBoundingClientRect().height / slide.offsetHeight;
    const [low, edge] = [picture, slide].map((element) => element.getBoundingClientRect().bottom / scale);
    const height = drawing.getBoundingClientRect().height / scale;
    if (low > edge - EDGE) drawing.style.height = `${Math.max(height - (low - edge + EDGE), 100)}px`;
  }

  // Puts back what was there; whether there was anything to put back.
  function hide(slide) {
    if (measured.delete(slide)) tell("picture", { slide: slide.id, svg: "" });
    const shown = slide ? [...slide.querySelectorAll(".this-run")] : [];
    for (const one of shown) {
      const figure = one.closest("figure");
      figure.classList.remove("measured");
      const over = figure.closest(".drawer.picture");
      if (over) over.classList.remove("open");
      one.remove();
    }
    return shown.length > 0;
  }

  function closeDrawer(slide) {
    const drawer = drawers.get(slide);
    if (!drawer || !drawer.element.classList.contains("open")) return false;
    drawer.close();
    return true;
  }

  // In the speaker view: `stageAt(place)` gives the terminal that a place is of.
  function install(stageAt) {
    part("picture", {
      mirror: ({ svg, ...place }) => {
        if (svg) show(stageAt(place), svg);
        else hide(document.getElementById(place.slide));
      },
      stands: (slide) => (measured.has(slide) ? [measured.get(slide)] : []),
    });
    part("drawer", { mirror: ({ slide }) => closeDrawer(document.getElementById(slide)) });
  }

  return { install, drawerOn, show, hide, closeDrawer };
})();
