// The speaker view: reveal.js's own window with its frames and notes, and what a presenter wants to know beside them.
// It is put into the page that reveal.js writes into that window (slides/assets.py); the deck tells it what is to be
// said (theme/speaker.js).
(function () {
  "use strict";

  const LARGEST = 34, SMALLEST = 20; // px that the notes are set in
  let channel = null;
  let status = null;

  function add(parent, tag, id, text = "") {
    const element = parent.appendChild(document.createElement(tag));
    element.id = id;
    element.textContent = text;
    return element;
  }

  // The deck's fonts and colours.
  function dress() {
    try {
      for (const style of window.opener.document.querySelectorAll('style[data-of="fonts"], style[data-of="talk.css"]')) {
        document.head.prepend(style.cloneNode(true));
      }
    } catch { /* then it is in the type of the machine */ }
    document.documentElement.lang = "en";
    document.title = "Speaker view";
  }

  function furnish() {
    const { body } = document;
    const time = add(body, "div", "time");
    time.title = "A click begins the time anew";
    for (const id of ["gone", "left", "pace", "now"]) add(time, "p", id);
    add(body, "ol", "plan");
    add(body, "p", "press");
    add(body, "p", "alarm").setAttribute("role", "alert");
    const where = add(body, "div", "where");
    for (const id of ["section", "spent", "slide"]) add(where, "p", id);
    time.addEventListener("click", () => ask({ restart: true }));
  }

  // -- the link to the deck --

  function ask(message) {
    if (channel) channel.postMessage({ part: "status", message });
  }

  // reveal.js says here which page it shows in the frames.
  function join(url) {
    if (channel) return;
    const me = Math.random().toString(36).slice(2);
    channel = new BroadcastChannel(`talk ${new URL(url).searchParams.get("deck")}`);
    channel.onmessage = ({ data: { part, message, to } }) => {
      if (part !== "status" || (to && to !== me)) return;
      status = message;
      show();
    };
    channel.postMessage({ part: "hello", message: me });
  }

  addEventListener("message", ({ data }) => {
    let message = null;
    try { message = JSON.parse(data); } catch { /* not reveal.js */ }
    if (message && message.namespace === "reveal-notes" && message.type === "connect") join(message.url);
  });

  // Every key is the deck's, but for those that are the browser's.
  addEventListener("keydown", (event) => {
    if (event.metaKey || (event.ctrlKey && event.key !== "Enter")) return;
    const { key, code, keyCode, shiftKey, altKey, ctrlKey, repeat } = event;
    ask({ key: { key, code, keyCode, which: keyCode, shiftKey, altKey, ctrlKey, repeat } });
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // -- what is said --

  const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

  function set(id, text, kind = "") {
    const element = document.getElementById(id);
    if (element.textContent !== text) element.textContent = text;
    if (element.className !== kind) element.className = kind;
  }

  // Ahead or behind: the time against the slide that shows.
  function pace(gone, { from, to }) {
    if (gone > to) return [`${minutes(gone - to)} behind`, "behind"];
    if (gone < from) return [`${minutes(from - gone)} ahead`, "ahead"];
    return ["on time", ""];
  }

  function tick() {
    const now = new Date();
    set("now", now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }));
    if (!status) return;
    const { plan, times } = status;
    const gone = times.began === null ? 0 : (now - times.began) / 1000;
    set("gone", minutes(gone));
    set("left", gone > plan.total ? `${minutes(gone - plan.total)} over` : `${minutes(plan.total - gone)} left`);
    if (times.began === null) set("pace", "begins with the first press");
    else set("pace", ...pace(gone, plan));
    tickPlan(now, gone);
  }

  // How long a section has been on so far, in seconds.
  function spent({ times }, number, now) {
    const running = times.section === number && times.since ? now - times.since : 0;
    return ((times.spent[number] || 0) + running) / 1000;
  }

  // A box for each section, as broad as it is long; the time runs along below them.
  function tickPlan(now, gone) {
    const { plan, section } = status;
    const list = document.getElementById("plan");
    const here = plan.sections.findIndex(({ number }) => number === section);
    list.style.gridTemplateColumns = plan.sections.map(({ seconds }) => `minmax(126px, ${seconds || 1}fr)`).join(" ");
    list.replaceChildren(...plan.sections.map((one, number) => {
      const box = document.createElement("li");
      const took = spent(status, one.number, now);
      const over = took - one.seconds;
      box.className = number === here ? "here" : number < here ? "past" : "";
      box.title = one.title;
      const isPast = number < here && took > 0;
      const words = isPast ? `${over < 0 ? "−" : "+"}${minutes(Math.abs(over))}` : minutes(one.seconds);
      box.append(`${one.number} `, Object.assign(document.createElement("b"), { textContent: words }));
      if (number === here) set("spent", `${minutes(took)} of ${minutes(one.seconds)}`);
      if (number <= here && over > 0 && one.seconds) box.classList.add("over");
      return box;
    }));
    mark(list, plan, gone);
  }

  // Where the clock is in the plan.
  function mark(list, { sections, total }, gone) {
    let at = Math.min(gone, total);
    let number = 0;
    while (number < sections.length - 1 && at > sections[number].seconds) at -= sections[number++].seconds;
    const box = list.children[number];
    const hand = box.appendChild(document.createElement("i"));
    hand.style.left = `${100 * Math.min(at / (sections[number].seconds || 1), 1)}%`;
  }

  function show() {
    const { next, alarm, number, of, section, plan, isLast, theme } = status;
    document.documentElement.dataset.theme = theme;
    document.body.classList.toggle("last", isLast);
    set("press", next);
    set("alarm", alarm);
    const { title } = plan.sections.find((one) => one.number === section) || { title: "" };
    set("section", `${section} ${title}`);
    set("slide", `slide ${number} of ${of}`);
    tick();
    fit();
  }

  // The notes as large as they can be read whole.
  function fit() {
    const notes = document.querySelector(".speaker-controls-notes");
    const room = document.getElementById("speaker-controls");
    for (let size = LARGEST; size >= SMALLEST; size -= 1) {
      notes.style.fontSize = `${size}px`;
      if (room.scrollHeight <= room.clientHeight) break;
    }
    room.scrollTop = 0;
  }

  dress();
  furnish();
  tick();
  setInterval(tick, 1000);
  addEventListener("resize", fit);
  document.fonts.ready.then(fit);
  new MutationObserver(fit).observe(document.querySelector(".speaker-controls-notes .value"), { childList: true, subtree: true });
})();
