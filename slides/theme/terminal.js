// A terminal on a slide: a screen that shows what it is fed, the command line above it, and a word of what went wrong.
window.TalkTerminal = (function () {
  "use strict";

  const LINE_HEIGHT = 1.25;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  const eventsOf = (cast) => cast.trim().split("\n").slice(1).map((line) => JSON.parse(line));

  // All that an asciicast shows, at once.
  const textOf = (cast) => eventsOf(cast).map((event) => event[2]).join("");

  // The player is packed until a slide with a terminal shows.
  let player = null;

  async function unpack() {
    const packed = document.querySelector('script[data-of="asciinema-player"]').textContent;
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const { script, style } = await new Response(stream).json();
    const code = document.createElement("script");
    code.textContent = script;
    const styles = document.createElement("style");
    styles.textContent = style;
    document.querySelector("style").before(styles); // the deck's own have the last word
    document.head.append(code);
  }

  // When there is room for the element on the screen: on a slide that has been left already there is none.
  function onScreen(element) {
    const isShown = () => element.getBoundingClientRect().width > 0;
    if (isShown()) return Promise.resolve();
    return new Promise((done) => {
      const observer = new ResizeObserver(() => {
        if (!isShown()) return;
        observer.disconnect();
        done();
      });
      observer.observe(element);
    });
  }

  // Each start gets a number of its own; whatever still comes of an earlier one is dropped.
  class Terminal {
    // `tell` hears of all that happens here, as `mirror` takes it.
    constructor(element, { hint, onEnd, tell }) {
      this.element = element;
      this.cols = Number(element.dataset.cols) || 80;
      this.rows = Number(element.dataset.rows) || 16;
      this.screen = element.querySelector(".screen");
      this.command = element.querySelector(".command");
      this.start = 0;
      this.running = false;
      this.terminal = null;
      this.shown = "";
      this.end = () => {};
      this.onEnd = onEnd;
      this.tell = tell;
      this.mirrored = null;

      this.hint = make("button", "hint", hint);
      this.hint.type = "button";
      this.sign = make("span", "sign");
      this.sign.setAttribute("aria-hidden", "true");
      this.said = make("p", "said");
      this.said.setAttribute("role", "status");
      this.screen.style.setProperty("--rows", this.rows);
      this.screen.append(this.hint, this.said);
      element.append(this.sign);
      element.classList.add("alive");
    }

    // The player as a terminal that shows what it is fed. Made when its slide shows: a hidden one can't measure.
    open() {
      this.terminal ??= this.make();
      return this.terminal;
    }

    async make() {
      player ??= unpack();
      await player;
      await onScreen(this.screen);
      return new Promise((ready) => {
        const driver = ({ feed, reset }) => ({
          init: () => ({ cols: this.cols, rows: this.rows }),
          play: () => { ready({ feed, reset }); return true; },
          pause() {},
          stop() {},
        });
        const style = getComputedStyle(document.documentElement);
        this.cols = this.fitting() || this.cols;
        window.AsciinemaPlayer.create(driver, this.screen, {
          cols: this.cols,
          rows: this.rows,
          fit: false,
          controls: false,
          theme: "talk",
          terminalFontFamily: style.getPropertyValue("--mono").trim() || "monospace",
          terminalFontSize: getComputedStyle(this.element).fontSize,
          terminalLineHeight: LINE_HEIGHT,
        }).play();
      });
    }

    // The columns that there is room for: what is printed live can be longer than what was recorded.
    fitting() {
      const ruler = make("span", "ruler", "0".repeat(100));
      this.screen.append(ruler);
      const width = ruler.getBoundingClientRect().width / 100;
      const room = this.screen.getBoundingClientRect().width;
      ruler.remove();
      return width ? Math.floor(room / width) : 0;
    }

    // An empty screen for a new start; gives the functions that write on it as long as this start is the last.
    begin(kind) {
      this.halt();
      const start = ++this.start;
      this.running = true;
      this.shown = "";
      this.element.classList.add("started", "running");
      this.show(kind);
      this.say("");
      this.tell({ begin: kind });
      const terminal = this.open();
      const cleared = terminal.then(({ reset }) => {
        if (start === this.start) reset(this.cols, this.rows, "\x1b[?25l");
      });
      return {
        isLast: () => start === this.start,
        feed: (text) => cleared.then(() => terminal).then(({ feed }) => {
          if (start !== this.start) return;
          this.shown += text;
          feed(text);
          this.tell({ feed: text });
        }),
        done: (text) => cleared.then(() => terminal).then(({ feed }) => {
          if (start !== this.start) return;
          if (text) feed(this.shown.endsWith("\n") ? "\r\n" : "\r\n\r\n"); // the row in which it is said is free
          this.finish(text);
        }),
      };
    }

    finish(text) {
      this.end = () => {};
      this.running = false;
      this.element.classList.remove("running");
      this.say(text || "");
      this.tell({ done: text || "" });
      this.onEnd();
    }

    // Ends what is running, without a word; the last frame stays.
    halt() {
      this.start += 1;
      this.end();
      this.end = () => {};
      if (this.running) this.tell({ halt: true });
      this.running = false;
      this.element.classList.remove("running");
    }

    // Plays an asciicast in its own time; `words` are said at its end.
    play(cast, words) {
      const now = this.begin("tape");
      const events = eventsOf(cast);
      const began = performance.now();
      let timer = 0;
      this.end = () => clearTimeout(timer);
      const next = () => {
        const seconds = (performance.now() - began) / 1000;
        while (events.length && events[0][0] <= seconds) now.feed(events.shift()[2]);
        if (events.length) timer = setTimeout(next, (events[0][0] - seconds) * 1000);
        else now.done(words);
      };
      next();
    }

    // What stands here, to stand here again after a reload.
    remember() {
      return { kind: this.kind, shown: this.shown, said: this.said.textContent };
    }

    restore({ kind, shown, said }) {
      const now = this.begin(kind);
      now.feed(shown);
      now.done(said);
    }

    // Does what another terminal told that it did.
    mirror({ begin, feed, say, done, halt }) {
      if (begin) this.mirrored = this.begin(begin);
      if (feed !== undefined && this.mirrored) this.mirrored.feed(feed);
      if (say !== undefined) this.say(say);
      if (done !== undefined && this.mirrored) this.mirrored.done(done);
      if (halt) this.halt();
    }

    // What another has to do to show the same.
    stands() {
      const { kind, shown, said } = this.remember();
      return [{ begin: kind }, { feed: shown }, ...(this.running ? [] : [{ done: said }])];
    }

    // For the presenter: which of the two this is.
    show(kind) {
      this.kind = kind;
      this.sign.className = `sign ${kind}`;
      this.sign.title = kind === "live" ? "live" : "recording";
    }

    say(text) {
      if (text === this.said.textContent) return;
      this.said.textContent = text;
      this.tell({ say: text });
    }
  }

  // Browsers from before 2023 can't unpack it: there the transcripts stay.
  const isPossible = "DecompressionStream" in window;

  return { Terminal, make, textOf, isPossible };
})();
