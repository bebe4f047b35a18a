// Light and dark, narrow and wide, on paper, for everybody.

import assert from "node:assert/strict";
import { axe, drawn, open } from "./browser.mjs";

/** Colours that the timeline's canvas has. */
const colors = (page) => page.evaluate(() => {
  const { canvas } = window.kmodtrace.timeline;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) {
    found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  }
  return [...found];
});

export async function themes(browser, dir) {
  const seen = {};
  for (const scheme of ["light", "dark"]) {
    const page = await open(browser, `${dir}/6.12.html`, { scheme });
    await drawn(page);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
    seen[scheme] = new Set(await colors(page));
    await page.click("#theme");
    assert.notEqual(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
    assert.deepEqual(page.problems, []);
    await page.close();
  }
  // The page differs, phases do not: signature and init.
  assert.ok(seen.light.has(0xffffff) && !seen.dark.has(0xffffff));
  for (const color of [0x56b4e9, 0xd55e00]) {
    assert.ok(seen.light.has(color) && seen.dark.has(color), color.toString(16));
  }
  return "light and dark, by the system and by hand";
}

export async function sizes(browser, dir) {
  for (const width of [800, 1280]) {
    const page = await open(browser, `${dir}/6.12.html`, { width, height: 800, hash: "" });
    await page.evaluate(() => window.kmodtrace.state.select(window.kmodtrace.run.loads.find((load) => load.name === "nf_tables")));
    await drawn(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} at ${width}`);
    await page.emulateMedia({ media: "print" });
    assert.ok((await page.pdf()).length > 10_000);
    assert.deepEqual(page.problems, []);
    await page.close();
  }
  return "800 and 1280 pixels without a horizontal bar, print";
}

/** axe-core finds nothing, contrast included. */
export async function accessible(browser, dir) {
  let rules = 0;
  for (const scheme of ["light", "dark"]) {
    for (const name of [null, "nf_tables", "kt_enodev"]) {
      const page = await open(browser, `${dir}/6.12.html`, { scheme });
      await page.evaluate((wanted) => window.kmodtrace.state.select(window.kmodtrace.run.loads.find((load) => load.name === wanted) ?? null), name);
      await drawn(page);
      await page.evaluate(axe());
      const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }));
      const broken = result.violations.map((rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 160)} ${rule.nodes[0].failureSummary}`);
      assert.deepEqual(broken, [], `${scheme} ${name}`);
      rules = result.passes.length;
      await page.close();
    }
  }
  return `${rules} rules of axe-core hold`;
}
