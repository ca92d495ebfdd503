// The terminal on a slide: a demo runs in it live (R), stops (X), or its recording plays in the same place (T).
window.TalkStage = (function () {
  "use strict";

  const talk = window.TALK || {};
  const LINE_HEIGHT = 1.25;
  const SILENCE = "The server does not answer. T plays the recording.";
  const inSpeakerView = new URLSearchParams(location.search).has("receiver");
  const stages = [];
  let Reveal = null;
  let reloadWhenCalm = false;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  function address(path) {
    return new URL((talk.base || "/talk/") + path, location.href);
  }

  function socket(path) {
    const url = address(path);
    url.protocol = url.protocol.replace("http", "ws");
    return new WebSocket(url);
  }

  // One terminal. Each start gets a number of its own; whatever still comes of an earlier one is dropped.
  class Stage {
    constructor(element) {
      this.element = element;
      this.demo = element.dataset.demo;
      this.cols = Number(element.dataset.cols) || 80;
      this.rows = Number(element.dataset.rows) || 16;
      this.screen = element.querySelector(".screen");
      this.start = 0;
      this.running = false;
      this.terminal = null;
      this.tapeText = null;
      this.shown = "";
      this.end = () => {};
      const inline = element.querySelector("script.recording");
      if (inline) this.tapeText = JSON.parse(inline.textContent).cast;

      this.hint = make("button", "hint", talk.served ? "R runs it" : "R plays it");
      this.hint.type = "button";
      this.sign = make("span", "sign");
      this.sign.setAttribute("aria-hidden", "true");
      this.said = make("p", "said");
      this.said.setAttribute("role", "status");
      this.screen.style.setProperty("--rows", this.rows);
      this.screen.append(this.hint, this.said);
      element.append(this.sign);
      element.classList.add("alive");
      element.addEventListener("click", () => {
        if (String(getSelection())) return;
        choose(this);
        this.hint.blur();
        if (!this.running) this.live();
      });
    }

    // What was fetched before it is needed is there even when the server is not.
    async prefetch() {
      if (!talk.served || this.tapeText) return;
      try {
        const answer = await fetch(address(`cast/${this.demo}?ready`));
        if (answer.status === 200) this.keep(answer, await answer.text());
      } catch (error) { /* T will ask again */ }
    }

    keep(answer, text) {
      this.tapeText = text;
      this.isEarlier = answer.headers.get("X-Recording") === "earlier";
    }

    // The player as a terminal that shows what it is fed. Made when its slide shows: a hidden one can't measure.
    open() {
      this.terminal ??= new Promise((ready) => {
        const driver = ({ feed, reset }) => ({
          init: () => ({ cols: this.cols, rows: this.rows }),
          play: () => { ready({ feed, reset }); return true; },
          pause() {},
          stop() {},
        });
        const style = getComputedStyle(document.documentElement);
        const player = window.AsciinemaPlayer.create(driver, this.screen, {
          cols: this.cols,
          rows: this.rows,
          fit: false,
          controls: false,
          theme: "talk",
          terminalFontFamily: style.getPropertyValue("--mono").trim() || "monospace",
          terminalFontSize: getComputedStyle(this.element).fontSize,
          terminalLineHeight: LINE_HEIGHT,
        });
        player.play();
      });
      return this.terminal;
    }

    // An empty screen for a new start; gives the function that writes on it as long as this start is the last.
    begin(kind) {
      this.halt();
      const start = ++this.start;
      this.running = true;
      this.shown = "";
      this.element.classList.add("started", "running");
      this.show(kind);
      this.say("");
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
        }),
        done: (text) => cleared.then(() => {
          if (start === this.start) this.finish(text);
        }),
      };
    }

    finish(text) {
      this.end = () => {};
      this.running = false;
      this.element.classList.remove("running");
      this.say(text || "");
      calm();
    }

    // Ends what is running, without a word; the last frame stays.
    halt() {
      this.start += 1;
      this.end();
      this.end = () => {};
      this.running = false;
      this.element.classList.remove("running");
    }

    live() {
      if (!talk.served) return this.tape();
      const now = this.begin("live");
      let ended = false;
      const connection = socket(`live/${this.demo}`);
      this.end = () => {
        if (connection.readyState === WebSocket.OPEN) connection.send("stop");
        connection.close();
      };
      connection.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.text) now.feed(message.text);
        if ("ended" in message) {
          ended = true;
          now.done(message.ended);
        }
      };
      connection.onclose = () => { if (!ended) now.done(SILENCE); };
    }

    async tape() {
      const now = this.begin("tape");
      if (!this.tapeText) {
        try {
          const answer = await fetch(address(`cast/${this.demo}`));
          const text = await answer.text();
          if (answer.status !== 200) return now.done(answer.status === 503 ? text : "There is no recording of it.");
          this.keep(answer, text);
        } catch (error) {
          return now.done("The server does not answer, and there is no recording yet.");
        }
        if (!now.isLast()) return;
      }
      const events = this.tapeText.trim().split("\n").slice(1).map((line) => JSON.parse(line));
      const began = performance.now();
      let timer = 0;
      this.end = () => clearTimeout(timer);
      const next = () => {
        const seconds = (performance.now() - began) / 1000;
        while (events.length && events[0][0] <= seconds) now.feed(events.shift()[2]);
        if (events.length) timer = setTimeout(next, (events[0][0] - seconds) * 1000);
        else now.done(this.isEarlier ? "recorded before the last change of the file" : "");
      };
      next();
    }

    stop() {
      if (!this.running) return;
      this.halt();
      this.say("stopped");
      calm();
    }

    // What stands here, to stand here again after a reload.
    remember() {
      return { demo: this.demo, kind: this.kind, shown: this.shown, said: this.said.textContent };
    }

    restore({ kind, shown, said }) {
      const now = this.begin(kind);
      now.feed(shown);
      now.done(said);
    }

    // For the presenter: which of the two this is.
    show(kind) {
      this.kind = kind;
      this.sign.className = `sign ${kind}`;
      this.sign.title = kind === "live" ? "live" : "recording";
    }

    say(text) {
      this.said.textContent = text;
    }
  }

  function on(slide) {
    return stages.filter((stage) => slide && slide.contains(stage.element));
  }

  // With two terminals on a slide: the one that was clicked last, or else the first.
  function chosen() {
    const here = on(Reveal.getCurrentSlide());
    return here.find((stage) => stage.element.classList.contains("chosen")) || here[0];
  }

  function choose(stage) {
    const here = on(Reveal.getCurrentSlide());
    for (const other of here) other.element.classList.toggle("chosen", here.length > 1 && other === stage);
  }

  // The speaker view shows the deck in frames: its keys are meant for the stage, not for the small copy.
  function bind(keyCode, key, description, act) {
    Reveal.addKeyBinding({ keyCode, key, description }, () => {
      if (inSpeakerView) {
        const message = JSON.stringify({ method: "triggerKey", args: [keyCode] });
        if (window.parent.opener) window.parent.opener.postMessage(message, "*");
      } else {
        const stage = chosen();
        if (stage) act(stage);
      }
    });
  }

  function prepare(slide) {
    if (inSpeakerView) return;
    for (const stage of on(slide)) {
      stage.open();
      stage.prefetch();
    }
  }

  // -- the served deck follows its files --

  function listen() {
    let problem = null;
    const connection = socket(`changes?version=${talk.version || ""}`);
    connection.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.reload) {
        reloadWhenCalm = reloadWhenCalm === "now" ? "now" : message.reload;
        calm();
      }
      if ("problem" in message) {
        problem = problem || document.body.appendChild(make("p", "problem"));
        problem.setAttribute("role", "status");
        problem.textContent = message.problem || "";
      }
    };
    connection.onclose = () => {
      if (problem) problem.remove();
      setTimeout(listen, 2000);
    };
  }

  // Reloads once nothing runs; for news that can wait, once there is no output on the slide either.
  function calm() {
    if (!reloadWhenCalm || stages.some((stage) => stage.running)) return;
    const started = on(Reveal.getCurrentSlide()).filter((stage) => stage.element.classList.contains("started"));
    if (reloadWhenCalm === "calm" && started.length) return;
    remember(started);
    location.reload();
  }

  // The reloaded page begins where this one ends: its slide and fragment, and what its terminals show.
  function remember(started) {
    const state = { reveal: Reveal.getState(), screens: started.map((stage) => stage.remember()) };
    sessionStorage.setItem(memory(), JSON.stringify(state));
    const slide = Reveal.getCurrentSlide();
    const fragment = Reveal.getIndices().f;
    if (!inSpeakerView && slide && slide.id) {
      history.replaceState(null, "", `#/${slide.id}${fragment >= 0 ? `/${fragment}` : ""}`);
    }
  }

  function restore() {
    const text = sessionStorage.getItem(memory());
    if (!text) return;
    sessionStorage.removeItem(memory());
    const { reveal, screens } = JSON.parse(text);
    if (inSpeakerView) return Reveal.setState(reveal);
    for (const stage of on(Reveal.getCurrentSlide())) {
      const screen = screens.find(({ demo }) => demo === stage.demo);
      if (screen) stage.restore(screen);
    }
  }

  // The frames of the speaker view share one storage.
  function memory() {
    return `talk ${location.search}`;
  }

  function install(reveal) {
    Reveal = reveal;
    if (Reveal.isPrintView()) return;
    for (const element of document.querySelectorAll(".stage")) stages.push(new Stage(element));
    bind(82, "R", "Run the demo of this slide, or run it anew", (stage) => stage.live());
    bind(88, "X", "Stop it", (stage) => stage.stop());
    bind(84, "T", "Play its recording (tape)", (stage) => stage.tape());
    Reveal.on("slidechanged", (event) => {
      for (const stage of stages) {
        if (stage.running && !(event.currentSlide && event.currentSlide.contains(stage.element))) stage.halt();
      }
      prepare(event.currentSlide);
      calm();
    });
    prepare(Reveal.getCurrentSlide());
    if (talk.served) {
      restore();
      listen();
    }
  }

  return { install };
})();
