// Strings that try to be more than text, and what a page could do if one succeeded.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { drawn, open } from "./browser.mjs";

export async function hostile(browser, dir) {
  const page = await open(browser, `${dir}/hostile.html`);
  const elements = await page.evaluate(() => document.querySelectorAll("script, img, iframe, style, object, embed").length);
  const count = await page.evaluate(() => window.kmodtrace.run.loads.length);
  let text = "";
  for (let at = 0; at < count; at += 1) {
    text += await page.evaluate(async (which) => {
      const { run, state } = window.kmodtrace;
      const load = run.loads[which];
      state.select(load);
      const side = document.getElementById("side");
      while (side.dataset.load !== load.id) {
        await new Promise((resolve) => { setTimeout(resolve, 2); });
      }
      side.querySelectorAll("details").forEach((details) => { details.open = true; });
      return document.body.innerText;
    }, at);
  }
  // The tooltip too.
  const box = await page.locator("#timeline").boundingBox();
  for (let x = 10; x < box.width; x += 25) {
    await page.mouse.move(box.x + x, box.y + 24 + 24);
  }
  await drawn(page);
  assert.equal(await page.evaluate(() => globalThis.owned), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll("script, img, iframe, style, object, embed").length), elements);
  for (const shown of ["</script><script>globalThis.owned=1</script>", "<img src=x onerror=globalThis.owned=1>", "\\x1b[31mred", "\\xff\\xfe\\\\not utf-8", "a\\u{202e}gnp.b\\u{200b}c", "{script}{style}{policy}", "__proto__"]) {
    assert.ok(text.includes(shown), shown);
  }
  assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e]/.test(text.replaceAll("+\u200b", "+")), "a character that acts or hides");
  assert.deepEqual(page.problems, []);
  await page.close();
  return `${count} loads`;
}

/** A page that was cut off, as a run leaves it that was killed, shows what it has and says so. */
export async function cut(browser, dir) {
  const whole = readFileSync(`${dir}/500.html`);
  for (const share of [0.3, 0.6, 0.9]) {
    writeFileSync(`${dir}/cut.html`, whole.subarray(0, Math.floor(whole.length * share)));
    const page = await open(browser, `${dir}/cut.html`);
    const count = await page.evaluate(() => window.kmodtrace.run.loads.length);
    assert.ok(count > 100 * share && count < 743, `${count}`);
    assert.match(await page.textContent("#warnings"), /not whole/);
    await page.evaluate(() => window.kmodtrace.state.select(window.kmodtrace.run.loads.at(-1)));
    await page.waitForSelector("#side h2");
    assert.deepEqual(page.problems, []);
    await page.close();
  }
  return "what is there is shown";
}

/** Were there a way in, the page's policy runs nothing and fetches nothing. */
export async function policy(browser, dir) {
  const page = await open(browser, `${dir}/6.12.html`);
  const got = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.owned = 1";
    document.body.append(script);
    const holder = document.createElement("div");
    holder.innerHTML = "<img src='https://example.invalid/x.png' onerror='globalThis.owned = 2'>";
    document.body.append(holder);
    const fetched = await fetch("https://example.invalid/").then(() => "fetched", () => "refused");
    // Later: what a debugger calls may evaluate.
    const evaluated = await new Promise((resolve) => {
      setTimeout(() => {
        try {
          resolve(new Function("return 'evaluated'")());
        } catch {
          resolve("refused");
        }
      }, 200);
    });
    return { owned: globalThis.owned, fetched, evaluated };
  });
  assert.equal(got.owned, undefined);
  assert.equal(got.fetched, "refused");
  assert.equal(got.evaluated, "refused");
  assert.ok(page.problems.length >= 3 && page.problems.every((problem) => /Content Security Policy|request: https:\/\/example.invalid/.test(problem)), page.problems.join("\n"));
  await page.close();
  return "scripts, eval, images and requests are refused";
}
