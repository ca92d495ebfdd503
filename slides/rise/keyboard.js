// Keeps the keyboard where it belongs in RISE's page: on the code of the slide that is shown.
(function () {
  "use strict";

  const TWICE = 600; // milliseconds in which the second I has to follow the first
  const SETTLED = 60; // what RISE and JupyterLab still do to a slide that has just changed
  const MARGIN = 20; // pixels between the edge of the slide and what has come into view
  const RISES_CHOICE = 520; // RISE selects a cell of its own 450 ms after a change of slide

  const settings = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  let shown = null;
  let lastI = 0;

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

  // To the slide's first code cell, or to its first cell, so that keys reach the notebook. Not away from a cell of it.
  function takeFocus() {
    const here = slide();
    if (!here || inDialog() || here.contains(document.activeElement)) return;
    const cell = codeCells()[0] || here.querySelector(".jp-Cell");
    if (cell) focus(cell);
  }

  function slideMayHaveChanged() {
    const here = slide();
    if (!here || here === shown) return;
    shown = here;
    setTimeout(takeFocus, SETTLED);
    setTimeout(takeFocus, RISES_CHOICE);
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
    const at = cells.findIndex((cell) => cell.contains(document.activeElement));
    if (at < 0) return;
    press(document.activeElement, "Enter", 13, true);
    const next = cells[at + 1] || cells[at];
    setTimeout(function () { focus(next); follow(next); }, 0);
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

  async function interrupt() {
    const ask = { headers: { Authorization: `token ${settings.token}` } };
    const sessions = await (await fetch(`${settings.baseUrl}api/sessions`, ask)).json();
    for (const session of sessions.filter((one) => one.path === settings.notebookPath)) {
      await fetch(`${settings.baseUrl}api/kernels/${session.kernel.id}/interrupt`, { ...ask, method: "POST" });
    }
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
