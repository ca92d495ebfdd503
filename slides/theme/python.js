// Python for the editor on a slide: Ace's own mode, with the colours that Pygments gives the code there.
window.TalkPython = (function () {
  "use strict";

  // Ace's names for what it colours, and the classes that Pygments gives the same.
  const KINDS = [
    [/^(keyword\.operator|paren|punctuation|text|identifier)/, ""],
    [/^(string|constant\.language\.escape)/, "s1"],
    [/^(keyword|storage|constant\.language)/, "k"],
    [/^constant\.numeric/, "mi"],
    [/^comment/, "c1"],
    [/^entity\.name\.function/, "nf"],
  ];
  const PLAIN = /^(print|exec|NotImplemented|Ellipsis|__debug__)$/; // words to Python 3 like any other
  const FIRST = [
    { token: ["keyword", "text", "entity.name.function"], regex: /\b(def|class)(\s+)(\w+)/ },
    { token: "string", regex: /(?:[bB][rR]?|[rR][bB])(?=["'])/ },
  ];
  const IN_BRACES = [{ token: "string", regex: /=?\s*![sra](?=\})|=\s*(?=\})|=?\s*(?:![sra])?:[^{}[\]()]*(?=[{}])/ }];

  // Ace's rules with what it does not know, or knows of Python 2.
  function highlightRules(ace) {
    const found = new (ace.require("ace/mode/python_highlight_rules").PythonHighlightRules)();
    const states = found.getRules();
    for (const [name, rules] of Object.entries(states)) {
      for (const rule of rules) {
        const { token } = rule;
        if (typeof token === "function") rule.token = (word) => (PLAIN.test(word) ? "identifier" : token(word));
        if (/^r?fq/.test(name) && /^[{}]$/.test(rule.regex)) rule.token = "string";
      }
    }
    states.start.unshift(...FIRST);
    states.fqstringParRules.unshift(...IN_BRACES);
    return found;
  }

  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  // What the editor needs once Ace is there: `mode` for its sessions, and `colours(text)`, the lines of a text as HTML
  // with Pygments' classes.
  function language(ace) {
    const { Mode } = ace.require("ace/mode/python");
    const mode = new Mode();
    const rules = highlightRules(ace);
    mode.HighlightRules = function () { return rules; };

    function colours(text) {
      const session = ace.createEditSession(text, mode);
      const lines = text.split("\n").map((_, row) => session.getTokens(row).map(({ type, value }) => {
        const kind = (KINDS.find(([pattern]) => pattern.test(type)) || ["", ""])[1];
        return kind ? `<span class="${kind}">${escape(value)}</span>` : escape(value);
      }).join(""));
      session.destroy();
      return lines;
    }

    return { mode, colours };
  }

  return { language };
})();
