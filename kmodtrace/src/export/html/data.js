// The run: what the page's data elements hold (html.rs says what is in which).

import { visible } from "./format.js";

function elements(kind) {
  return [...document.querySelectorAll(`script.${kind}`)];
}

/** An element's object; null if the page was cut off inside of it. */
function parse(element) {
  try {
    return JSON.parse(element.textContent);
  } catch {
    return null;
  }
}

function parsed(kind) {
  return elements(kind).map(parse).filter(Boolean);
}

/** A load or unload, from its row of the index. Times are ns after the run's base. */
function makeLoad(row, block, line) {
  let top = null;
  for (const span of row.phases) {
    if (!top || span[2] > top[2]) {
      top = span;
    }
  }
  const name = visible(row.module ?? row.file ?? "?");
  return {
    ...row,
    block,
    line,
    name,
    comm: visible(row.comm),
    ok: row.result === undefined,
    result: row.result ?? "OK",
    end: row.start + row.total,
    /** The longest phase. */
    top,
    /** Lower case, for the search. */
    haystack: `${name} ${visible(row.comm)} ${row.pid} ${row.result ?? "ok"} ${row.failed ?? ""} ${row.unload ? "unload" : ""}`.toLowerCase(),
    parentLoad: null,
    children: [],
    updates: [],
    depth: 0,
    row: 0,
    match: true,
  };
}

/** The first phase that a span covers: a place in the list of phases. */
export function firstOf(span) {
  return typeof span[0] === "number" ? span[0] : span[0][0];
}

/** Everything that the page holds. */
export class Run {
  constructor() {
    this.phases = parsed("phases")[0];
    this.sessions = parsed("session");
    this.session = this.sessions[0] ?? null;
    this.summary = parsed("summary")[0] ?? null;
    this.packed = elements("details");
    this.unpacked = new Map();
    this.loads = [];
    const updates = [];
    for (const [block, element] of elements("index").entries()) {
      const index = parse(element) ?? { rows: [], updates: [] };
      index.rows.forEach((row, line) => this.loads.push(makeLoad(row, block, line)));
      updates.push(...index.updates);
      element.remove();
    }
    // Without a session, what the times count from is seen from a load's name, its beginning.
    const [row] = this.loads;
    this.base = BigInt(this.session?.base_ns ?? (row ? BigInt(row.id.split(".")[0]) - BigInt(row.start) : 0));
    this.loads.sort((a, b) => a.start - b.start || b.total - a.total);
    this.byId = new Map(this.loads.map((load) => [load.id, load]));
    this.link(updates);
    this.start = this.loads.length ? this.loads[0].start : 0;
    this.end = this.loads.reduce((end, load) => Math.max(end, load.end), this.start);
  }

  link(updates) {
    for (const load of this.loads) {
      const parent = this.byId.get(load.parent);
      // Whoever made the page, children do not begin before their parents, and nesting has an end.
      if (parent && parent.start < load.start && parent.depth < 50) {
        load.parentLoad = parent;
        load.depth = parent.depth + 1;
        parent.children.push(load);
      }
    }
    for (const update of updates) {
      this.byId.get(update.id)?.updates.push(update);
    }
  }

  /** A phase's name as in `--json`: `signature+elf`. */
  spanName(span) {
    const covers = typeof span[0] === "number" ? [span[0]] : span[0];
    return covers.map((phase) => this.phases[phase].name).join("+");
  }

  spanColor(span) {
    return this.phases[firstOf(span)].color;
  }

  /** A time of the page on the kernel's clock: a BigInt, for doubles end at 104 days. */
  clock(ns) {
    return this.base + BigInt(Math.round(ns));
  }

  /** The line that `--json` prints of a load, from its block. */
  async details(load) {
    if (!this.unpacked.has(load.block)) {
      if (this.unpacked.size > 8) {
        this.unpacked.delete(this.unpacked.keys().next().value);
      }
      this.unpacked.set(load.block, unpack(this.packed[load.block].textContent));
    }
    const lines = await this.unpacked.get(load.block);
    return JSON.parse(lines[load.line]);
  }
}

/** Base64 of deflated lines. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).text()).split("\n");
}
