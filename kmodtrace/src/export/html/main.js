// Puts the page together.

import { Run } from "./data.js";
import { Detail } from "./detail.js";
import { byId } from "./dom.js";
import { header } from "./header.js";
import { keyboard } from "./keyboard.js";
import { pack } from "./lanes.js";
import { Overview } from "./overview.js";
import { legend } from "./phases.js";
import { pointers } from "./pointer.js";
import { Search } from "./search.js";
import { State } from "./state.js";
import { Table } from "./table.js";
import { theme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Tooltip } from "./tooltip.js";

/** `#load=ID` names the selected load. */
function links(state) {
  const follow = () => {
    const id = new URLSearchParams(location.hash.slice(1)).get("load");
    const load = state.run.byId.get(id);
    if (load && load !== state.selected) {
      state.select(load);
      state.reveal(load);
    }
  };
  state.on("select", () => {
    const hash = state.selected ? `#load=${encodeURIComponent(state.selected.id)}` : " ";
    history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash);
  });
  window.addEventListener("hashchange", follow);
  follow();
}

function start() {
  const run = new Run();
  const state = new State(run);
  const toggleTheme = theme(state);
  header(run);
  const timeline = new Timeline(byId("timeline"), state, pack(run.loads));
  const overview = new Overview(byId("overview"), state);
  const search = new Search(state);
  const table = new Table(state);
  const detail = new Detail(state);
  pointers(timeline, state, new Tooltip(run));
  keyboard(state, search, toggleTheme);
  legend(state);
  state.on("select", () => state.selected && timeline.scrollTo(state.selected));
  byId("zoom-in").addEventListener("click", () => state.zoom(0.6));
  byId("zoom-out").addEventListener("click", () => state.zoom(1 / 0.6));
  byId("fit").addEventListener("click", () => state.fit());
  window.addEventListener("resize", () => timeline.resize());
  state.fit();
  links(state);
  // For tests, and for who wants to look at the data in the console.
  window.kmodtrace = { run, state, timeline, overview, table, detail, search };
}

// The script stands in front of the data, so that a page that was cut off shows what it has.
document.addEventListener("DOMContentLoaded", start);
