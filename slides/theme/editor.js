// An editor in the place of the code (E, or a click into it): Ace, which the served deck fetches from its own server.
window.TalkEditor = (function () {
  "use strict";

  const talk = window.TALK || {};
  const { inSpeakerView } = window.TalkSteps;
  const LINE_HEIGHT = 1.36; // as in talk.css
  const LOWEST = 704; // px from the top of a slide of 720: an edited block grows to here, then it scrolls
  const OPTIONS = {
    useWorker: false,
    hasCssTransforms: true, // reveal.js scales the slide
    showPrintMargin: false,
    showGutter: false,
    showLineNumbers: false,
    highlightActiveLine: false,
    displayIndentGuides: false,
    fixedWidthGutter: false,
    tabSize: 4,
    useSoftTabs: true,
    scrollPastEnd: 0,
    dragEnabled: false,
    highlightSelectedWord: false,
  };
  // What these do comes in files of its own, which are not here.
  const WITHOUT = ["find", "replace", "gotoline", "showSettingsMenu", "openCommandPallete", "openCommandPalette",
    "modeSelect", "startAutocomplete", "expandSnippet"];
  const editors = new Map();
  let loading = null;
  let open = null;
  let Reveal = null;
  let run = () => {};
  let language = null;

  function load() {
    loading ??= new Promise((ready, failed) => {
      const script = document.createElement("script");
      script.src = new URL(`${talk.base || "/talk/"}editor.js`, location.href);
      script.onload = () => {
        language = window.TalkPython.language(window.ace);
        for (const block of window.TalkCode.blocks) block.colours = language.colours;
        for (const block of window.TalkCode.blocks) if (block.edit) block.draw();
        ready(window.ace);
      };
      script.onerror = () => {
        loading = null;
        failed(new Error("no editor"));
      };
      document.head.append(script);
    });
    return loading;
  }

  function make(block) {
    const place = document.createElement("div");
    place.className = "editor";
    block.pre.after(place);
    const { fontFamily, fontSize } = getComputedStyle(block.pre);
    const ace = window.ace.edit(place, { ...OPTIONS, mode: language.mode, fontFamily });
    place.classList.remove("ace-tm"); // the colours are those of the slide
    place.style.lineHeight = String(LINE_HEIGHT);
    ace.setFontSize(fontSize);
    ace.renderer.setPadding(22);
    ace.renderer.setScrollMargin(14, 14);
    ace.textInput.getElement().setAttribute("aria-label", block.pre.getAttribute("aria-label"));
    for (const name of WITHOUT) ace.commands.removeCommand(name);
    const command = (name, key, exec) => ace.commands.addCommand({ name, bindKey: { win: key, mac: key }, exec });
    command("leave", "Esc", () => close());
    command("run", "Ctrl-Enter|Command-Enter", () => run());
    command("next", "PageDown", () => { close(); Reveal.next(); });
    command("previous", "PageUp", () => { close(); Reveal.prev(); });
    const one = { block, place, ace, sessions: new Map() };
    ace.on("change", () => { if (open === one && !one.switching) keep(one); });
    ace.on("blur", () => setTimeout(() => { if (open === one && document.hasFocus() && !ace.isFocused()) close(); }));
    editors.set(block, one);
    return one;
  }

  function keep(one) {
    one.block.put(one.ace.getValue());
    grow(one);
  }

  // As high as its lines, as long as the slide has room.
  function grow(one) {
    const { block, ace, place } = one;
    const scale = Reveal.getScale();
    const top = block.slide.getBoundingClientRect().top;
    const height = parseFloat(getComputedStyle(block.pre).fontSize) * LINE_HEIGHT;
    const bottom = Math.max(...[...block.slide.querySelectorAll(".code, .stage, figure, .text")]
      .filter((element) => element.offsetParent)
      .map((element) => element.getBoundingClientRect().bottom));
    const room = Math.floor((LOWEST - (bottom - top) / scale) / height);
    const lines = ace.session.getLength();
    const shown = place.offsetHeight ? Math.round((place.offsetHeight - 28) / height) : block.state.lines.length;
    const most = Math.max(3, shown + room);
    block.element.style.setProperty("--most", most);
    ace.setOptions({ minLines: Math.min(block.state.lines.length, most), maxLines: Math.max(Math.min(lines, most), 1) });
  }

  function sessionOf(one) {
    const { block, sessions } = one;
    const place = block.editPlace;
    if (!sessions.has(place)) sessions.set(place, window.ace.createEditSession("", language.mode));
    const found = sessions.get(place);
    found.setUseWorker(false);
    const text = block.edit ? block.edit.text : block.base;
    if (found.getValue() !== text) {
      found.setValue(text);
      found.getUndoManager().reset();
    }
    return found;
  }

  // The step that was lit stays lit, on the lines it is on.
  function light(one) {
    const { ace, block } = one;
    const { Range } = window.ace.require("ace/range");
    for (const id of one.markers || []) ace.session.removeMarker(id);
    one.markers = [];
    [...block.code.children].forEach((line, row) => {
      const kind = line.classList.contains("wrong") ? "wrong" : line.classList.contains("on") ? "lit" : "";
      if (!kind) return;
      const range = new Range(row, 0, row, 1);
      range.start = ace.session.doc.createAnchor(range.start);
      range.end = ace.session.doc.createAnchor(range.end);
      one.markers.push(ace.session.addMarker(range, kind, "fullLine"));
    });
  }

  async function edit(block, point) {
    if (!talk.served || inSpeakerView || !block) return;
    try {
      await load();
    } catch {
      block.say("The server does not answer: there is no editor.");
      return;
    }
    if (Reveal.getCurrentSlide() !== block.slide) return;
    block.completeTyping();
    block.draw();
    if (open) close();
    const height = block.pre.offsetHeight;
    const one = editors.get(block) || make(block);
    one.switching = true;
    one.ace.setSession(sessionOf(one));
    one.ace.session.setOptions({ tabSize: 4, useSoftTabs: true });
    one.switching = false;
    block.element.classList.add("editing");
    one.place.style.minHeight = `${Math.min(height, 600)}px`;
    open = one;
    light(one);
    grow(one);
    one.ace.resize(true);
    const at = point ? one.ace.renderer.screenToTextCoordinates(point.x, point.y) : { row: 0, column: 0 };
    one.ace.moveCursorToPosition(at);
    one.ace.clearSelection();
    one.ace.focus();
  }

  function close() {
    if (!open) return;
    const { block, ace } = open;
    open = null;
    ace.blur();
    block.element.classList.remove("editing");
    block.draw();
  }

  function reset() {
    close();
    for (const block of window.TalkCode.on(Reveal.getCurrentSlide())) if (block.edit) block.reset();
  }

  function install(reveal, onRun) {
    if (!talk.served || reveal.isPrintView()) return;
    Reveal = reveal;
    run = onRun;
    Reveal.on("slidechanged", close);
    Reveal.on("overviewshown", close);
    window.TalkCode.watch((block) => { if (open && open.block === block) setTimeout(() => open && light(open)); });
    const later = window.requestIdleCallback || setTimeout;
    if (!inSpeakerView) later(() => load().catch(() => {}));
    else if (window.TalkCode.blocks.some((block) => block.edit)) load().catch(() => {});
    if (inSpeakerView) return;
    for (const block of window.TalkCode.blocks) {
      block.element.classList.add("editable");
      block.pre.addEventListener("click", (event) => {
        if (!String(getSelection())) edit(block, { x: event.clientX, y: event.clientY });
      });
    }
  }

  const isOpen = () => Boolean(open);

  return { install, edit, close, reset, isOpen, run: () => run() };
})();
