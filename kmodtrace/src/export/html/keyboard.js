// Keys, and the list of them.

import { byId, el } from "./dom.js";

const KEYS = [
  [["←", "→", "A", "D"], "move in time"],
  [["↑", "↓", "W", "S", "+", "-"], "zoom in and out"],
  [["F"], "the whole run (also: double click)"],
  [["Z"], "zoom to the selected load"],
  [["[", "]"], "select the load before, the next one"],
  [["/"], "search"],
  [["N", "Shift+N"], "next match, the one before"],
  [["Enter"], "open the selected load, or the first match"],
  [["Esc"], "close, then forget the search"],
  [["T"], "light or dark"],
  [["?"], "this list"],
];

const SEARCH = [
  ["nf_", "module, task, process id, error or failed phase that contains it"],
  ["module: comm: pid: errno:", "one of these"],
  ["phase:init", "failed in this phase"],
  ["phase:ftrace>10ms", "spent more than that in it"],
  [">50ms <1s", "took longer, shorter"],
];

function help() {
  const keys = KEYS.flatMap(([names, what]) => [el("dt", {}, ...names.flatMap((name) => [el("kbd", { text: name }), " "])), el("dd", { text: what })]);
  const words = SEARCH.flatMap(([name, what]) => [el("dt", {}, el("code", { text: name })), el("dd", { text: what })]);
  const dialog = byId("help");
  dialog.append(
    el("h2", { text: "Keys" }), el("dl", {}, ...keys),
    el("h2", { text: "Pointer" }),
    el("p", { class: "muted", text: "Wheel or pinch zooms, drag moves, Shift and drag chooses a time, Alt and wheel scrolls rows, double click on a load zooms to it. A click on a phase below the timeline shows that phase alone." }),
    el("h2", { text: "Search" }), el("dl", {}, ...words),
    el("form", { method: "dialog" }, el("button", { text: "Close" })));
  for (const heading of [...dialog.querySelectorAll("h2")].slice(1)) {
    heading.style.marginTop = "14px";
  }
  return dialog;
}

/** Selects the load before or behind, in order of time. */
function neighbour(state, by) {
  const { matches, selected } = state;
  if (matches.length === 0) {
    return;
  }
  const at = matches.indexOf(selected);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), matches.length - 1);
  state.select(matches[next]);
  state.reveal(matches[next]);
}

/** Listens for keys. */
export function keyboard(state, search, toggleTheme) {
  const dialog = help();
  byId("help-open").addEventListener("click", () => dialog.showModal());

  const left = () => state.pan(-0.15);
  const right = () => state.pan(0.15);
  const closer = () => state.zoom(0.7);
  const farther = () => state.zoom(1 / 0.7);
  const open = () => {
    if (!state.selected && state.matches.length) {
      neighbour(state, 0);
    }
    byId("side").focus();
  };
  const close = () => {
    if (state.selected) {
      state.select(null);
      byId("timeline").focus();
    } else if (state.searching) {
      search.clear();
    } else if (state.highlight !== null) {
      state.setHighlight(null);
    }
  };
  const actions = {
    ArrowLeft: left, a: left, ArrowRight: right, d: right,
    ArrowUp: closer, w: closer, "+": closer, "=": closer, ArrowDown: farther, s: farther, "-": farther,
    f: () => state.fit(),
    z: () => state.selected && state.reveal(state.selected, true),
    "[": () => neighbour(state, -1), "]": () => neighbour(state, 1),
    "/": () => search.focus(),
    n: () => search.step(1), N: () => search.step(-1),
    Enter: open, Escape: close, t: toggleTheme, "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) {
      return;
    }
    if (target === search.query) {
      if (key === "Enter") {
        search.step(event.shiftKey ? -1 : 1);
        event.preventDefault();
      } else if (key === "Escape") {
        search.clear();
        byId("timeline").focus();
        event.preventDefault();
      }
      return;
    }
    // Buttons and lists keep the keys that are theirs; a side panel scrolls by its arrows.
    const own = target.matches("select") || (target.matches("button, summary") && (key === "Enter" || key === " "));
    const scrolls = key.startsWith("Arrow") && byId("side").contains(target);
    if (!own && !scrolls && actions[key]) {
      event.preventDefault();
      actions[key]();
    }
  });
}
