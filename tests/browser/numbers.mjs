// What the page shows equals what `report --json` prints.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open } from "./browser.mjs";

/** The exact nanoseconds in a title: `1 234 ns`. */
const ns = (title) => Number(title.replace(/\D/g, ""));

export async function numbers(browser, dir, name) {
  const lines = readFileSync(`${dir}/${name}.jsonl`, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  const summary = lines.at(-1);
  const told = lines.filter((line) => /^kmodtrace\.(un)?load\//.test(line.schema));
  const page = await open(browser, `${dir}/${name}.html`);

  const tiles = await page.$$eval("#tiles .tile", (all) => all.map((tile) => [tile.querySelector("span").textContent, tile.querySelector("b").textContent, tile.title]));
  const tile = (label) => tiles.find(([text]) => text.startsWith(label));
  assert.equal(Number(tile("load")[1].replace(",", "")), summary.loads);
  assert.equal(Number(tile("failed")[1].replace(",", "")), summary.failed);
  assert.equal(ns(tile("in loads")[2]), summary.total_ns);
  assert.equal(ns(tile("unattributed")[2]), summary.unattributed_ns);
  assert.equal(ns(tile("inferred")[2]), summary.inferred_ns);

  const rows = await page.$$eval("#phase-table tbody tr", (all) => all.map((row) => [row.cells[0].textContent.trim(), row.cells[1].title]));
  const sums = Object.fromEntries(rows.map(([phase, title]) => [phase, ns(title)]));
  assert.equal(sums.total, summary.total_ns);
  for (const { name: phase, duration_ns: sum } of summary.phases) {
    assert.equal(sums[phase], sum, phase);
  }

  assert.equal(Number(await page.getAttribute("#table", "aria-rowcount")), told.length + 1);
  // Every load as a whole, and as its ledger shows it.
  for (const line of told.slice(0, 120)) {
    const shown = await page.evaluate(async (id) => {
      const { run, state } = window.kmodtrace;
      const load = run.byId.get(id);
      state.select(load);
      const whole = await run.details(load);
      const side = document.getElementById("side");
      while (side.dataset.load !== id) {
        await new Promise((resolve) => { setTimeout(resolve, 2); });
      }
      const phases = [...side.querySelectorAll("#ledger tbody tr:not(.calls)")].map((row) => row.cells[2].title);
      return { whole, phases, row: { start: String(run.clock(load.start)), total: load.total, result: load.result, phases: load.phases.map((span) => span[2]) } };
    }, line.id);
    assert.deepEqual(shown.whole, line);
    assert.equal(shown.row.start, String(line.start_ns));
    assert.equal(shown.row.total, line.total_ns);
    assert.equal(shown.row.result, line.result.name);
    assert.deepEqual(shown.row.phases, line.phases.map((phase) => phase.duration_ns));
    // Phases, gaps between them, total.
    const parts = shown.phases.map(ns);
    assert.equal(parts.at(-1), line.total_ns);
    assert.equal(parts.slice(0, -1).reduce((a, b) => a + b, 0), line.total_ns);
  }
  assert.deepEqual(page.problems, []);
  await page.close();
  return `${told.length} loads and unloads, ${summary.phases.length} phases equal`;
}
