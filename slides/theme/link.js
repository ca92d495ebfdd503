// The deck's link to the server that it came from: live runs, recordings, news of changed files.
window.TalkLink = (function () {
  "use strict";

  const talk = window.TALK || {};
  const AGAIN = 2000; // ms until a lost link is tried anew

  let news = null; // the socket of `listen`
  let told = null; // the last that was told of the slide, said anew where the socket is another

  function address(path) {
    return new URL((talk.base || "/talk/") + path, location.href);
  }

  function socket(path) {
    const url = address(path);
    url.protocol = url.protocol.replace("http", "ws");
    return new WebSocket(url);
  }

  // Starts a program (see Stage.program in stage.js) and hands on what comes of it: `on.text(text)` while it runs,
  // then `on.ended(words, line)`, or `on.lost()` where the server is gone; with `measure` also `on.picture(svg)`.
  // Gives the function that stops it.
  function run(program, on, { measure = false } = {}) {
    let ended = false;
    const connection = socket(`${measure ? "measure" : "live"}/${program.run}${program.text === null ? "" : "?edited"}`);
    connection.onopen = () => {
      if (program.text === null) return;
      const { slide, text } = program;
      connection.send(JSON.stringify({ slide, text }));
    };
    connection.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.text) on.text(message.text);
      if (message.picture) on.picture(message.picture);
      if ("ended" in message) {
        ended = true;
        on.ended(message.ended, message.line || 0);
      }
    };
    connection.onclose = () => { if (!ended) on.lost(); };
    return () => {
      if (connection.readyState === WebSocket.OPEN) connection.send("stop");
      connection.close();
    };
  }

  // The recording of a demo: its asciicast and whether it is of an earlier version of the file. With `ready` only
  // if there is one already: null where there is none. Throws an Error whose message is for the slide.
  async function recording(demo, { ready = false } = {}) {
    let answer, cast;
    try {
      answer = await fetch(address(`cast/${demo}${ready ? "?ready" : ""}`));
      cast = await answer.text();
      if (answer.redirected) throw new Error("it does not know this page");
    } catch (error) {
      throw new Error("The server does not answer, and there is no recording yet.", { cause: error });
    }
    if (answer.status === 200) return { cast, isEarlier: answer.headers.get("X-Recording") === "earlier" };
    if (ready) return null;
    throw new Error(answer.status === 503 ? cast : "There is no recording of it.");
  }

  // Calls `on.reload("now" or "calm")` when the deck is another, `on.problem(words)` when it could not be built.
  function listen(on) {
    const connection = news = socket(`changes?version=${talk.version || ""}`);
    connection.onopen = () => { if (told) send(told); };
    connection.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.reload) on.reload(message.reload);
      if ("problem" in message) on.problem(message.problem || "");
    };
    connection.onclose = () => {
      on.problem("");
      setTimeout(() => listen(on), AGAIN);
    };
  }

  // Whether the server answers, be it that it does not know this page.
  async function isThere() {
    try {
      await fetch(address(""), { method: "HEAD" });
      return true;
    } catch {
      return false;
    }
  }

  // Tells a rehearsal which slide stands, `{ slide }`, or that somebody is there.
  function tell(message) {
    if ("slide" in message) told = message;
    send(message);
  }

  function send(message) {
    if (news && news.readyState === WebSocket.OPEN) news.send(JSON.stringify(message));
  }

  return { run, recording, listen, isThere, tell, isServed: Boolean(talk.served) };
})();
