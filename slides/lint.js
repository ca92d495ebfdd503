// What can be wrong with a slide, looked for in a browser. slides/lint.py brings it into the page; gives findings as
// [slide's id, element, rule, detail].
async (task) => {
  "use strict";
  const { letters, show, play, axe, states } = task;
  const ENOUGH = 7; // contrast of text
  const TEXT = 24, CODE = 20; // px on a slide of 1280 x 720
  const LINE = 3; // px from which a line behind text is a background
  const LARGE = 48; // px from which a decoration may be pale
  const SLACK = 1; // px
  const known = new Set(letters);
  const goTo = eval(show);
  const coding = states ? eval(states) : null;
  const findings = [];

  // -- reading an element --

  function name(element) {
    if (element.id && !element.matches("section")) return `#${element.id}`;
    const parent = element.parentElement.closest("#_, .stage, .code, figure, table, svg, .text");
    const own = element.classList.length ? `.${[...element.classList].slice(0, 2).join(".")}` : "";
    const words = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 30);
    const tag = element.tagName.toLowerCase();
    const inside = parent ? `${parent.classList[0] ? `.${parent.classList[0]}` : parent.tagName.toLowerCase()} ` : "";
    return `${inside}${tag}${own}${words ? ` "${words}"` : ""}`;
  }

  function isShown(element) {
    return element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  }

  // Text for screen readers only is cut down to nothing for the eye.
  function isForEars(element) {
    for (let at = element; at && !at.matches("section"); at = at.parentElement) {
      if (at.clientWidth <= 2 && at.clientHeight <= 2 && getComputedStyle(at).overflow !== "visible" && at instanceof HTMLElement
          && getComputedStyle(at).display !== "inline") return true;
    }
    return false;
  }

  // What lies under something that came up over the lower part of the slide.
  function isCovered(element) {
    const over = [...element.closest("section").querySelectorAll(":scope > .drawer.open")].filter((one) => !one.contains(element));
    const { bottom } = element.getBoundingClientRect();
    return over.some((one) => bottom > one.getBoundingClientRect().top - 12 * Reveal.getScale());
  }

  // An editor and what it left scroll: what is outside their edges is meant to be.
  const scrolls = (element) => Boolean(element.closest(".ace_editor, .code.edited pre"));

  const isDecoration = (element) => Boolean(element.closest("[aria-hidden=true]"));

  function ownText(element) {
    return [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  }

  function lines(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
  }

  function block(element) {
    let at = element;
    while (at instanceof HTMLElement && getComputedStyle(at).display.startsWith("inline") && !at.matches("section")) at = at.parentElement;
    return at.closest("text") || at;
  }

  // -- colours --

  const paint = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const parsed = new Map();
  function colour(text) {
    if (!parsed.has(text)) {
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = "transparent";
      paint.fillStyle = text;
      paint.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
      parsed.set(text, [r, g, b, a / 255]);
    }
    return parsed.get(text);
  }

  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];

  function luminance(rgb) {
    const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  }

  let opacities = new Map(), stacks = new Map(); // of one look
  function opacity(element) {
    if (!element) return 1;
    if (!opacities.has(element)) opacities.set(element, Number(getComputedStyle(element).opacity) * opacity(element.parentElement));
    return opacities.get(element);
  }

  // What an element paints at a point: one colour, or several where it is a pattern or a gradient.
  function paints(element, x, y) {
    const style = getComputedStyle(element);
    const fade = ([r, g, b, a], share = 1) => [r, g, b, a * share * opacity(element)];
    if (element instanceof SVGElement && !(element instanceof SVGSVGElement)) {
      if (element instanceof SVGGeometryElement) {
        const screen = element.getScreenCTM();
        const point = new DOMPoint(x, y).matrixTransform(screen.inverse());
        const broad = parseFloat(style.strokeWidth) * screen.a / Reveal.getScale() > LINE;
        if (style.stroke !== "none" && broad && element.isPointInStroke(point)) return [fade(colour(style.stroke), Number(style.strokeOpacity))];
        if (!element.isPointInFill(point)) return [];
      }
      const share = Number(style.fillOpacity);
      const reference = style.fill.match(/url\("?#([^")]+)"?\)/);
      if (reference) {
        const parts = [...document.getElementById(reference[1]).querySelectorAll("*")];
        const tones = parts.flatMap((part) => {
          const own = getComputedStyle(part);
          return [own.fill, own.stroke, own.stopColor].filter((tone) => tone && tone !== "none" && !(part.matches("stop") && tone !== own.stopColor));
        });
        return [[0, 0, 0, 0], ...tones.map((tone) => fade(colour(tone), share))];
      }
      return style.fill === "none" ? [] : [fade(colour(style.fill), share)];
    }
    const tones = [fade(colour(style.backgroundColor))];
    if (style.backgroundImage !== "none") {
      const stops = style.backgroundImage.match(/(rgba?|hsla?|oklch|oklab|color)\([^()]*\)/g) || [];
      tones.push(...stops.map((stop) => fade(colour(stop))));
    }
    return tones;
  }

  // The colours that may stand behind `element` at a point of the window.
  function behind(element, x, y) {
    const point = `${x} ${y}`;
    if (!stacks.has(point)) stacks.set(point, document.elementsFromPoint(x, y)); // what takes longest of all here
    const stack = stacks.get(point);
    const own = stack.indexOf(element);
    const under = own >= 0 ? stack.slice(own) : [...ancestors(element)];
    const layers = [];
    for (const layer of under) {
      if (layer.matches("text, tspan")) continue;
      const tones = paints(layer, x, y);
      if (tones.length) layers.push(tones);
      if (tones.length && tones.every((tone) => tone[3] > 0.995)) break;
    }
    let backs = [[255, 255, 255, 1]];
    for (const tones of layers.reverse()) {
      backs = backs.flatMap((back) => tones.map((tone) => over(tone, back))).slice(0, 24);
    }
    return backs;
  }

  function* ancestors(element) {
    for (let at = element; at; at = at.parentElement) yield at;
  }

  function worstContrast(element, boxes, tone, share) {
    let worst = Infinity;
    for (const box of boxes.slice(0, 3)) {
      const y = box.top + box.height / 2;
      for (const x of [box.left + 2, box.left + box.width / 2, box.right - 2]) {
        for (const back of behind(element, x, y)) {
          const [r, g, b, a] = tone;
          worst = Math.min(worst, contrast(over([r, g, b, a * share], back), back));
        }
      }
    }
    return worst;
  }

  // -- one slide --

  function look(slide) {
    const found = [];
    [opacities, stacks] = [new Map(), new Map()];
    const scale = Reveal.getScale();
    const frame = document.querySelector(".slides").getBoundingClientRect();
    const px = (length) => length / scale;
    const report = (element, rule, detail) => found.push([slide.id, name(element), rule, detail]);
    const all = [...slide.querySelectorAll("*")].filter((element) => !element.closest("aside.notes, script, style, template, defs"));
    const shown = all.filter((element) => isShown(element) && !isForEars(element) && !isCovered(element));

    const reportedOver = new Set(), reportedCut = new Set();
    function outside(box) {
      const beyond = { left: frame.left - box.left, top: frame.top - box.top, right: box.right - frame.right, bottom: box.bottom - frame.bottom };
      const [side, by] = Object.entries(beyond).sort((a, b) => b[1] - a[1])[0];
      return px(by) > SLACK ? `${Math.round(px(by))} px over the slide's ${side} edge` : "";
    }

    // What of an element can be seen: cut by what clips it.
    function visible(element, box) {
      let { left, top, right, bottom } = box;
      for (let at = element.parentElement; at && at !== slide.parentElement; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.overflow === "visible" || (at instanceof SVGElement ? !(at instanceof SVGSVGElement) : style.display === "inline")) continue;
        if (at === slide) break;
        const edge = at.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      }
      return { left, top, right, bottom, cut: Math.max(left - box.left, top - box.top, box.right - right, box.bottom - bottom) };
    }

    for (const element of shown) {
      if (isDecoration(element) && !ownText(element).length) continue; // it may reach over the edge
      const box = element.getBoundingClientRect();
      if (box.width < 1 || box.height < 1) continue;
      const parent = element.parentElement;
      const words = outside(visible(element, box));
      if (words) {
        reportedOver.add(element);
        if (!reportedOver.has(parent)) report(element, "overflow", words);
      }
      const style = getComputedStyle(element);
      if (element instanceof HTMLElement && style.display !== "inline" && (style.overflowX !== "visible" || style.overflowY !== "visible") && !scrolls(element)) {
        const wide = element.scrollWidth - element.clientWidth, high = element.scrollHeight - element.clientHeight;
        if (wide > SLACK || high > SLACK) {
          reportedCut.add(element);
          report(element, "clipped", `${wide > SLACK ? `${wide} px wider` : `${high} px higher`} than the box that cuts it`);
        }
      }
    }

    // text
    const blocks = new Map();
    const asked = new Map(); // how often a colour was measured in a block
    const smallest = new Map(), palest = new Map(), strange = new Map();
    function note(map, key, value, better) {
      if (!map.has(key) || better(value, map.get(key))) map.set(key, value);
    }

    for (const element of shown) {
      const nodes = ownText(element);
      if (!nodes.length) continue;
      const style = getComputedStyle(element);
      const boxes = nodes.flatMap(lines);
      if (!boxes.length) continue;
      const home = block(element);

      for (const box of scrolls(element) ? [] : boxes) {
        const seen = visible(element, box);
        const words = outside(box);
        if (words && ![...ancestors(element)].some((at) => reportedOver.has(at))) {
          reportedOver.add(element);
          report(element, "overflow", words);
        }
        if (px(seen.cut) > 3 && ![...ancestors(element)].some((at) => reportedCut.has(at) || reportedOver.has(at))) {
          reportedCut.add(element);
          report(element, "clipped", `${Math.round(px(seen.cut))} px of its text are cut`);
        }
      }

      const zoom = element instanceof SVGElement ? element.getScreenCTM().a : element.offsetWidth ? element.getBoundingClientRect().width / element.offsetWidth : home.getBoundingClientRect().width / (home.offsetWidth || 1);
      const points = px(parseFloat(style.fontSize) * zoom);
      const isCode = /^"?Talk Mono/.test(style.fontFamily) || Boolean(element.closest("pre, code, .ap-terminal"));
      const least = isCode ? CODE : TEXT;
      if (points < least - 0.05) note(smallest, home, [points, least], (a, b) => a[0] < b[0]);

      if (!(isDecoration(element) && points >= LARGE)) {
        const tone = element instanceof SVGElement ? style.fill : style.color;
        const share = opacity(element) * (element instanceof SVGElement ? Number(style.fillOpacity) : 1);
        const key = `${tone} ${share}`;
        if (!asked.has(home)) asked.set(home, new Map());
        const times = asked.get(home).get(key) || 0;
        asked.get(home).set(key, times + 1);
        if (times < 3) {
          const ratio = worstContrast(element, boxes, colour(tone), share);
          if (ratio < ENOUGH) note(palest, home, [ratio, element], (a, b) => a[0] < b[0]);
        }
      }

      const unknown = [...nodes.map((node) => node.data).join("")].filter((letter) => !known.has(letter) && letter.trim());
      if (unknown.length) note(strange, home, [...new Set(unknown)].join(" "), () => false);

      if (!blocks.has(home)) blocks.set(home, []);
      blocks.get(home).push(...boxes.filter((box) => !scrolls(element) || px(visible(element, box).cut) < 3));
    }

    for (const element of shown) {
      for (const part of ["::before", "::after"]) {
        const style = getComputedStyle(element, part);
        if (style.content === "none" || style.content === "normal" || style.display === "none" || !/^".*\S.*"$/.test(style.content)) continue;
        const content = style.content.slice(1, -1);
        const points = parseFloat(style.fontSize);
        const least = /^"?Talk Mono/.test(style.fontFamily) ? CODE : TEXT;
        if (points < least - 0.05) note(smallest, element, [points, least], (a, b) => a[0] < b[0]);
        const unknown = [...content].filter((letter) => !known.has(letter) && letter.trim());
        if (unknown.length) note(strange, element, [...new Set(unknown)].join(" "), () => false);
      }
    }

    for (const [element, [points, least]] of smallest) report(element, "small", `${points.toFixed(1)} px, at least ${least}`);
    for (const [ratio, element] of palest.values()) report(element, "contrast", `${ratio.toFixed(2)}:1, at least ${ENOUGH}:1`);
    for (const [element, list] of strange) report(element, "letter", `not in the deck's fonts: ${list}`);

    // boxes of text, and pictures, that lie on each other
    const things = [...blocks].map(([element, boxes]) => ({ element, boxes }));
    for (const element of shown) {
      if (element.matches("img, svg, canvas, video") && !isDecoration(element) && !element.closest(".ap-wrapper") && !element.parentElement.closest("svg")) {
        things.push({ element, boxes: [element.getBoundingClientRect()] });
      }
    }
    for (const element of document.querySelectorAll(".controls button.enabled")) {
      if (isShown(element)) things.push({ element, boxes: [element.getBoundingClientRect()] });
    }
    for (let i = 0; i < things.length; i++) {
      for (let j = i + 1; j < things.length; j++) {
        const [a, b] = [things[i], things[j]];
        if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
        if (b.element.matches("svg") && a.element.matches(".this-run .tag")) continue; // it has its words apart
        const hit = a.boxes.some((one) => b.boxes.some((other) => {
          const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
          const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
          // the box of a line is higher than its letters
          const slack = 0.25 * Math.min(one.height, other.height, 60 * scale);
          return px(width) > 2 && height > slack;
        }));
        if (hit) report(a.element, "overlap", `lies on ${name(b.element)}`);
      }
    }

    // words for those who do not see
    for (const element of shown) {
      const silent = isDecoration(element) || (element.matches("svg *, .ap-wrapper *"));
      if (silent) continue;
      const label = (element.getAttribute("aria-label") || "").trim() || element.getAttribute("aria-labelledby");
      // nbconvert writes a sentence of its own where there is none
      const described = element.alt && !element.alt.startsWith("No description has been provided");
      if (element.matches("img") && !described) report(element, "label", "a picture without alt");
      if (element.matches("svg, canvas") && !label && !(element.querySelector(":scope > title") || {}).textContent) report(element, "label", "a drawing without title or aria-label");
      if (element.matches("pre[tabindex], [role=img]:not(svg), button:empty, input:not([id])") && !label) report(element, "label", "no aria-label");
    }
    return found;
  }

  // -- all slides --

  const calm = document.head.appendChild(document.createElement("style"));
  // the slides that nobody sees lie there, too: they would stand behind each text, and take the most time
  calm.textContent = `
    *, *::before, *::after { transition: none !important; animation: none !important; }
    .slides > section:not(.present), .slides > section > section:not(.present) { display: none !important; }
    .slides * { pointer-events: auto !important; }`;
  Reveal.configure({ transition: "none" });
  for (const slide of document.querySelectorAll(".slides section.leaf")) {
    await goTo([slide.id, false]);
    const before = look(slide);
    findings.push(...before);
    for (const [state, enter] of coding ? Object.entries(coding.states) : []) {
      const leave = await enter(coding, slide);
      if (!leave) continue;
      coding.seen[state] = (coding.seen[state] || 0) + 1;
      const seen = new Set(before.map(String));
      for (const one of look(slide)) if (!seen.has(String(one))) findings.push([one[0], `${state}: ${one[1]}`, ...one.slice(2)]);
      await leave();
    }
    if (play && slide.querySelector(".stage")) {
      await goTo([slide.id, true]);
      const seen = new Set(before.map(String));
      findings.push(...look(slide).filter((one) => !seen.has(String(one))));
    }
    if (axe) {
      const { violations } = await window.axe.run(slide, { rules: { "color-contrast": { enabled: false } }, resultTypes: ["violations"] });
      for (const { id, help, nodes } of violations) {
        for (const node of nodes) findings.push([slide.id, node.target.join(" "), "axe", `${id}: ${help}`]);
      }
    }
  }
  if (axe) {
    const { violations } = await window.axe.run(document, { rules: { "color-contrast": { enabled: false } }, resultTypes: ["violations"] });
    const seen = new Set(findings.map(([, element, , detail]) => `${element} ${detail}`));
    for (const { id, help, nodes } of violations) {
      for (const node of nodes) {
        if (!seen.has(`${node.target.join(" ")} ${id}: ${help}`)) findings.push(["", node.target.join(" "), "axe", `${id}: ${help}`]);
      }
    }
  }
  calm.remove();
  return findings;
}
