// Types a change of code in front of an audience, at the pace of somebody who types well.
window.TalkTypist = (function () {
  "use strict";

  const PACE = 14; // keys a second
  const LONGEST = 2; // seconds for one change
  const LOOK = 0.25; // seconds in which the caret stands there before the first key

  // What one press of a key does: a new line with its indentation, a tab's worth of blanks, a character.
  const KEY = /\n *| {2,}|[^]/gu;

  // The text as characters, each with the class that colours it.
  function cellsOf(lines) {
    const cells = [];
    function read(node, kind) {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) for (const char of child.data) cells.push({ char, kind });
        else read(child, child.className || kind);
      }
    }
    lines.forEach((line, row) => {
      if (row) cells.push({ char: "\n", kind: "" });
      const holder = document.createElement("span");
      holder.innerHTML = line.html;
      read(holder, "");
    });
    return cells;
  }

  // Where a line and column (from 0, in characters) are in the text.
  function offset(cells, line, column) {
    let at = 0;
    for (; line > 0; at++) if (cells[at].char === "\n") line -= 1;
    return at + column;
  }

  // The edits as keys; `cells` becomes the text after them.
  function keysOf(edits, cells) {
    const keys = [];
    for (const { line, column, remove, insert } of edits) {
      let at = offset(cells, line, column);
      for (let last = at + remove - 1; last >= at; last--) keys.push({ at: last, remove: 1, insert: [] });
      cells.splice(at, remove);
      for (const [text] of insert.matchAll(KEY)) {
        const typed = [...text].map((char) => ({ char, kind: "" }));
        keys.push({ at, remove: 0, insert: typed });
        cells.splice(at, 0, ...typed);
        at += typed.length;
      }
    }
    return keys;
  }

  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const CARET = '<span class="caret"></span>';

  // The lines as HTML, with the caret at an offset.
  function html(cells, caret) {
    const lines = [];
    let line = "";
    cells.forEach((cell, at) => {
      if (at === caret) line += CARET;
      if (cell.char === "\n") {
        lines.push(line);
        line = "";
      } else {
        const char = escape(cell.char);
        line += cell.kind ? `<span class="${cell.kind}">${char}</span>` : char;
      }
    });
    lines.push(caret === cells.length ? line + CARET : line);
    return lines;
  }

  // Shows the way from the lines `before` to `after`; `show` gets the lines as HTML at each key, `done` is called
  // at the end. Gives a function that stops it where it is.
  function type(before, after, edits, show, done) {
    const typed = cellsOf(before);
    const keys = keysOf(edits, typed);
    const end = cellsOf(after);
    typed.forEach((cell, at) => { if (end[at] && end[at].char === cell.char) cell.kind ||= end[at].kind; });
    const cells = cellsOf(before);
    const pause = 1000 * Math.min(1 / PACE, (LONGEST - LOOK) / Math.max(keys.length, 1));
    const began = performance.now() + 1000 * LOOK;
    let number = 0;
    let timer = setTimeout(function next() {
      let caret = -1;
      // what a slow machine was late with is made up for
      while (number < keys.length && performance.now() >= began + number * pause) {
        const key = keys[number++];
        cells.splice(key.at, key.remove, ...key.insert);
        caret = key.at + key.insert.length;
      }
      if (caret >= 0) show(html(cells, caret));
      if (number < keys.length) timer = setTimeout(next, pause * (0.6 + 0.4 * Math.random()));
      else timer = setTimeout(done, 2 * pause);
    }, 1000 * LOOK);
    if (keys.length) show(html(cells, keys[0].at + keys[0].remove));
    return () => clearTimeout(timer);
  }

  return { type };
})();
