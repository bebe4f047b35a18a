// Light or dark: as the system says, until somebody chooses.

import { byId } from "./dom.js";
import { repaint } from "./paint.js";

/** Sets the theme up; returns what switches it. */
export function theme(state) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const apply = () => {
    const now = chosen ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now;
    byId("theme").textContent = now === "dark" ? "☀" : "☾";
    byId("theme").title = now === "dark" ? "Light" : "Dark";
    repaint();
    state.tell("theme");
  };
  const toggle = () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    apply();
  };
  dark.addEventListener("change", apply);
  byId("theme").addEventListener("click", toggle);
  // Paper is light.
  let before = null;
  window.addEventListener("beforeprint", () => {
    before = [chosen];
    chosen = "light";
    apply();
    state.tell("print");
  });
  window.addEventListener("afterprint", () => {
    [chosen] = before ?? [chosen];
    apply();
  });
  apply();
  return toggle;
}
