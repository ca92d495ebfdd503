// Keeps the keyboard where it belongs in RISE's page: on the code of the slide that is shown.
(function () {
  "use strict";

  const TWICE = 600; // milliseconds in which the second I has to follow the first
  const SETTLED = 60; // what RISE and JupyterLab still do to a slide that has just changed
  const LOOK_AGAIN = 100;
  const LATEST = 30000; // milliseconds after which a page without a kernel is left to JupyterLab
  const MARGIN = 20; // pixels between the edge of the slide and what has come into view
  const RISES_CHOICE = 520; // RISE selects a cell of its own 450 ms after a change of slide

  const settings = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const path = settings.notebookPath.replace(/^\//, "");
  const waiting = [];
  let ready = false;
  let shown = null;
  let lastI = 0;
  let goneOn = null; // { from, to }: the cells that run, and the one that has the keyboard since
  let moving = false; // the keyboard is on its way to a cell that runs, maybe of another slide, and back

  function slide() {
    return document.querySelector(".reveal .slides section.present > section.present");
  }

  function codeCells() {
    const here = slide();
    return here ? [...here.querySelectorAll(".jp-CodeCell")].filter(visible) : [];
  }

  function visible(cell) {
    return !cell.closest(".reveal-skip, .fragment:not(.visible), aside.notes");
  }

  function editing() {
    const active = document.activeElement;
    return Boolean(active) && (active.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName));
  }

  function inDialog() {
    return Boolean(document.querySelector(".jp-Dialog"));
  }

  // JupyterLab makes the focused cell the active one, in command mode; the deck must not scroll to it.
  function focus(cell) {
    cell.focus({ preventScroll: true });
  }

  // RISE chooses a cell of its own, without the focus: keys would act on that one while another is lit.
  function takeBack() {
    const cell = document.activeElement && document.activeElement.closest(".jp-Cell");
    if (!cell || editing()) return;
    cell.blur();
    focus(cell);
  }

  // The cell of this slide to which keys should go: the one with code that has them, or the first; without code any.
  function cellForKeys() {
    const cells = codeCells();
    return cells.find((cell) => cell.contains(document.activeElement)) || cells[0] || slide()?.querySelector(".jp-Cell");
  }

  // So that keys reach the notebook. Not away from what has them.
  function takeFocus() {
    const cell = cellForKeys();
    if (cell && !inDialog() && !cell.contains(document.activeElement)) focus(cell);
  }

  function slideMayHaveChanged() {
    const here = slide();
    if (!here || here === shown) return;
    shown = here;
    here.scrollTop = 0;
    setTimeout(takeFocus, SETTLED);
    setTimeout(function () {
      takeFocus();
      takeBack();
    }, RISES_CHOICE);
  }

  function press(target, key, keyCode, ctrlKey) {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, code: key, ctrlKey, bubbles: true, cancelable: true }));
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Runs the cell and goes to the next code of this slide; RISE's own Shift+Enter goes on to the next slide (#83),
  // and at the end of the notebook it adds a cell.
  function run() {
    const cells = codeCells();
    if (!cells.length) return;
    const at = Math.max(0, cells.findIndex((cell) => cell.contains(document.activeElement)));
    const next = cells[at + 1] || cells[at];
    runCells([cells[at]], next);
    follow(next);
  }

  // JupyterLab takes the keyboard back to the cell that runs, on a busy machine late. Were that cell on another slide,
  // RISE would go there: whoever has gone on would be back.
  addEventListener("focusin", function (event) {
    const { target, relatedTarget } = event, here = slide();
    if (moving || !here) return;
    if (target.closest(".jp-Cell") && !here.contains(target)) {
      event.stopImmediatePropagation();
      if (here.contains(relatedTarget)) focus(relatedTarget);
      else takeFocus();
    } else if (goneOn && here.contains(goneOn.to) && goneOn.from.some((cell) => cell.contains(target))) {
      focus(goneOn.to);
    }
  }, true);
  for (const deed of ["keydown", "pointerdown"]) {
    addEventListener(deed, ({ isTrusted, key, shiftKey }) => {
      if (isTrusted && !(shiftKey && key === "Enter") && key !== "Shift") goneOn = null;
    }, true);
  }

  // Runs these, and gives the keyboard to another. What is run before the page has its kernel would be lost.
  function runCells(cells, next) {
    const before = goneOn ? goneOn.from : [];
    goneOn = null;
    moving = true;
    if (ready) cells.forEach(runCell);
    else waiting.push(...cells);
    focus(next);
    moving = false;
    const from = [...before, ...cells].filter((cell) => !cell.contains(next));
    if (from.length) goneOn = { from, to: next };
  }

  function runCell(cell) {
    if (!cell.contains(document.activeElement)) focus(cell);
    takeBack();
    press(document.activeElement, "Enter", 13, true);
  }

  async function waitForKernel() {
    const latest = performance.now() + LATEST;
    const isThere = () => sessions().then((all) => all.some((one) => one.kernel.connections > 0), () => false);
    while (performance.now() < latest && !(await isThere())) {
      await new Promise((done) => setTimeout(done, LOOK_AGAIN));
    }
    ready = true;
    if (waiting.length) runCells(waiting.splice(0), cellForKeys());
  }

  // What a cell shows below the edge of the slide comes into view. The slide itself scrolls, not the deck.
  function follow(cell) {
    const here = cell.closest("section");
    const below = cell.getBoundingClientRect().bottom - here.getBoundingClientRect().bottom;
    const above = cell.getBoundingClientRect().top - here.getBoundingClientRect().top;
    if (below > 0) here.scrollTop += below + MARGIN;
    else if (above < 0) here.scrollTop += above - MARGIN;
  }

  function followOutput(changes) {
    const outputs = changes.map((change) => change.target.closest && change.target.closest(".jp-OutputArea"));
    const cell = outputs.find(Boolean) && outputs.find(Boolean).closest("section.present > section.present .jp-Cell");
    if (cell && !editing()) follow(cell);
  }

  async function ask(address, method) {
    return fetch(settings.baseUrl + address, { method, headers: { Authorization: `token ${settings.token}` } });
  }

  // What Jupyter runs for this page.
  async function sessions() {
    const all = await (await ask("api/sessions", "GET")).json();
    return all.filter((one) => one.path === path && one.kernel);
  }

  async function interrupt() {
    for (const session of await sessions()) await ask(`api/kernels/${session.kernel.id}/interrupt`, "POST");
  }

  addEventListener("keydown", function (event) {
    if (!event.isTrusted || inDialog() || !slide()) return;
    const { key, shiftKey } = event;
    const other = event.ctrlKey || event.metaKey || event.altKey;
    if (key === "Enter" && shiftKey && !other) {
      stop(event);
      run();
    } else if (editing()) {
      if (!other && !shiftKey && (key === "PageDown" || key === "PageUp")) { // a clicker leaves the editor
        const cell = document.activeElement.closest(".jp-Cell");
        if (!cell) return;
        stop(event);
        focus(cell);
        press(cell, key, event.keyCode, false);
      }
    } else if (key.toLowerCase() === "i" && !shiftKey && !other) {
      stop(event);
      if (event.timeStamp - lastI < TWICE) interrupt();
      lastI = event.timeStamp;
    }
  }, true);

  waitForKernel();

  addEventListener("focusout", function () {
    setTimeout(function () { if (document.activeElement === document.body) takeFocus(); }, SETTLED);
  });

  new MutationObserver(function (changes) {
    slideMayHaveChanged();
    followOutput(changes.filter((change) => change.type === "childList"));
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["class"],
  });
})();
