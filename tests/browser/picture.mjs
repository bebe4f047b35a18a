// The SVG: drawn, light and dark, and nothing in it acts.

import assert from "node:assert/strict";

export async function picture(browser, dir, name) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 400 } });
  const problems = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  const shots = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`file://${dir}/${name}.svg`);
    shots.push(await page.screenshot());
  }
  const found = await page.evaluate(() => ({
    root: document.documentElement.tagName,
    scripts: document.querySelectorAll("script, a, image, foreignObject, use").length,
    texts: document.querySelectorAll("text").length,
    wide: [...document.querySelectorAll("text")].filter((text) => text.getBBox().x + text.getBBox().width > 1200).map((text) => text.textContent),
    owned: globalThis.owned,
  }));
  assert.equal(found.root, "svg");
  assert.equal(found.scripts, 0);
  assert.equal(found.owned, undefined);
  assert.ok(found.texts > 20);
  assert.deepEqual(found.wide, [], "text beside the picture");
  assert.ok(!shots[0].equals(shots[1]), "light and dark look the same");
  assert.deepEqual(problems, []);
  await page.close();
  return `${found.texts} texts`;
}
