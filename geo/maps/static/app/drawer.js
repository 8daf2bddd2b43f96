// On phones the panel is a sheet at the bottom with three heights; its handle is a button.

import { t } from "./data.js";
import { el, isPhone } from "./dom.js";

const HEIGHTS = ["peek", "half", "full"];
const PEEK = 96;

/** Gives a panel its handle. */
export function makeDrawer(panel, start = "half") {
  const handle = el(
    "button",
    { type: "button", class: "handle", "aria-label": t("sheet_height"), onclick: () => setDrawer(panel, next(panel)) },
    el("span", {}),
  );
  panel.prepend(handle);
  setDrawer(panel, start);
  let from = null;
  handle.addEventListener("touchstart", (event) => {
    from = event.touches[0].clientY;
  }, { passive: true });
  handle.addEventListener("touchend", (event) => {
    const moved = from === null ? 0 : event.changedTouches[0].clientY - from;
    from = null;
    if (Math.abs(moved) < 24) return;
    event.preventDefault();
    const at = HEIGHTS.indexOf(panel.dataset.drawer);
    setDrawer(panel, HEIGHTS[Math.max(0, Math.min(2, at + (moved < 0 ? 1 : -1)))]);
  });
}

export function setDrawer(panel, height) {
  panel.dataset.drawer = height;
}

/** How many pixels at the bottom of the map are covered by the sheet. */
export function coveredHeight() {
  if (!isPhone()) return 0;
  const panel = [...document.querySelectorAll("[data-drawer]")].find((node) => !node.hidden);
  if (!panel) return 0;
  const stage = document.getElementById("stage").clientHeight;
  return panel.dataset.drawer === "peek" ? PEEK : Math.round(stage * 0.52);
}

function next(panel) {
  return HEIGHTS[(HEIGHTS.indexOf(panel.dataset.drawer) + 1) % HEIGHTS.length];
}

/** Brings a panel to the front: on a phone it takes the place of the one that was open. */
export function raise(panel, { instead, body }) {
  panel.classList.add("open");
  panel.scrollTop = 0;
  body.scrollTop = 0;
  if (!isPhone()) return;
  instead.hidden = true;
  setDrawer(panel, "half");
}
