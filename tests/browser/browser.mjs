// A Chromium that notes what goes wrong in it: errors, and requests that leave the page.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.KT_NODE_MODULES}/`);
const { chromium } = require("playwright-core");

/** Starts the browser; without a sandbox where root runs it. */
export function launch() {
  const args = ["--disable-gpu", "--disable-quic"];
  if (process.getuid() === 0) {
    args.push("--no-sandbox");
  }
  return chromium.launch({ executablePath: process.env.KT_CHROMIUM ?? "/usr/bin/chromium", args });
}

/** A page with the file open; `page.problems` must stay empty. */
export async function open(browser, file, { width = 1400, height = 900, scheme = "light", hash = "" } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  page.problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      page.problems.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => page.problems.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") || !request.isNavigationRequest()) {
      page.problems.push(`request: ${request.url()}`);
    }
  });
  page.on("dialog", (dialog) => page.problems.push(`dialog: ${dialog.message()}`));
  const began = performance.now();
  await page.goto(`file://${file}${hash}`);
  await page.waitForFunction(() => window.kmodtrace?.timeline.frames.length > 0);
  page.openMs = performance.now() - began;
  return page;
}

/** The source of axe, which looks for what keeps people out. */
export function axe() {
  return require("axe-core").source;
}

/** Waits until everything is drawn. */
export function drawn(page) {
  return page.evaluate(() => new Promise((resolve) => {
    setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 150);
  }));
}
