// Which loads are looked for.

import { byId } from "./dom.js";
import { parseDuration } from "./format.js";

/** One word of a query as a test: `nf_`, `comm:udev`, `errno:ENOENT`, `phase:init>10ms`, `>5ms`. */
function test(word, run) {
  const longer = /^(?:total)?([<>])(.+)$/.exec(word);
  const limit = longer && parseDuration(longer[2]);
  if (longer && limit !== null) {
    return longer[1] === ">" ? (load) => load.total > limit : (load) => load.total < limit;
  }
  const [, key, value] = /^(module|comm|errno|phase|pid):(.*)$/.exec(word) ?? [null, null, word];
  switch (key) {
    case "module":
      return (load) => load.name.toLowerCase().includes(value);
    case "comm":
      return (load) => load.comm.toLowerCase().includes(value);
    case "errno":
      return (load) => !load.ok && load.result.toLowerCase().includes(value);
    case "pid":
      return (load) => String(load.pid) === value;
    case "phase":
      return phaseTest(value, run);
    default:
      return (load) => load.haystack.includes(value);
  }
}

/** `init`: failed in it; `init>10ms`: it took longer. */
function phaseTest(value, run) {
  const longer = /^([a-z+]+)([<>])(.+)$/.exec(value);
  const limit = longer && parseDuration(longer[3]);
  if (!longer || limit === null) {
    return (load) => (load.failed ?? "").split("+").includes(value);
  }
  const has = (span) => run.spanName(span).split("+").includes(longer[1]);
  const enough = longer[2] === ">" ? (ns) => ns > limit : (ns) => ns < limit;
  return (load) => load.phases.some((span) => has(span) && enough(span[2]));
}

export class Search {
  constructor(state) {
    this.state = state;
    this.query = byId("query");
    this.only = byId("only");
    this.query.addEventListener("input", () => this.apply());
    this.only.addEventListener("change", () => this.apply());
    byId("next").addEventListener("click", () => this.step(1));
    byId("previous").addEventListener("click", () => this.step(-1));
    state.on("select match", () => this.tell());
    this.tell();
  }

  focus() {
    this.query.focus();
    this.query.select();
  }

  clear() {
    this.query.value = "";
    this.only.value = "";
    this.apply();
  }

  apply() {
    const { run } = this.state;
    const words = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const tests = words.map((word) => test(word, run));
    const kinds = {
      failed: (load) => !load.ok,
      incomplete: (load) => Boolean(load.incomplete),
      load: (load) => !load.unload,
      unload: (load) => Boolean(load.unload),
    };
    if (kinds[this.only.value]) {
      tests.push(kinds[this.only.value]);
    }
    for (const load of run.loads) {
      load.match = tests.every((one) => one(load));
    }
    this.state.setMatches(tests.length ? run.loads.filter((load) => load.match) : run.loads, tests.length > 0);
  }

  /** Goes to the next match, or the one before. */
  step(by) {
    const { matches, selected } = this.state;
    if (matches.length === 0) {
      return;
    }
    const at = matches.indexOf(selected);
    const from = at < 0 && by > 0 ? -1 : Math.max(at, 0);
    const load = matches[(from + by + matches.length) % matches.length];
    this.state.select(load);
    this.state.reveal(load);
  }

  tell() {
    const { matches, selected, searching } = this.state;
    const at = matches.indexOf(selected);
    const of = matches.length.toLocaleString("en");
    byId("matches").textContent = searching ? `${at < 0 ? "–" : at + 1} / ${of}` : of;
  }
}
