// The legend strip under the map: always visible, every sign that the map uses, and the scale.

import { data, t } from "./data.js";
import { hasLayer } from "./basemap.js";
import { el, svg } from "./dom.js";
import { clusterIcon, statusIcon } from "./icons.js";
import { scaleBar } from "./stage.js";

/** Fills the strip: the page's own items, then the choice of fill if there is one, then the scale bar. */
export function fillLegend(map, items, choice) {
  const strip = document.getElementById("legend");
  strip.append(
    el("div", { class: "legend-items", tabindex: "0", role: "group", "aria-label": t("legend") }, items),
    choice || "",
    scaleBar(map),
  );
}

export function item(sample, word) {
  return el("span", { class: "legend-item" }, sample, el("span", {}, word));
}

/** The sign of what is not painted over a foreign map: it goes with its ground. */
export function groundItem(sample, word) {
  const node = item(sample, word);
  node.classList.add("own-ground");
  return node;
}

/** Border signs, and those of the barriers where they matter. */
export function lineItems(barriers = true) {
  const items = [item(line("#2b3844", 2), t("legend_grid"))];
  const levels = new Set(data.areas.level);
  if (levels.has("community")) items.push(item(dashed(2.4), t("legend_community")));
  if (levels.has("street")) items.push(item(dashed(3.4), t("legend_street")));
  else if (data.outline.length || data.tiles) items.push(item(dashed(3.4), t("legend_edge")));
  if (!barriers) return items;
  if (hasLayer("rail")) items.push(groundItem(rail(), t("legend_rail")));
  if (hasLayer("water")) items.push(groundItem(swatch("#b5d5e6"), t("legend_water")));
  return items;
}

/** The signs of issues, shape and word, and that of several at one place. */
export function issueItems(statuses) {
  const { node } = clusterIcon({ to_dispatch: 2, in_progress: 1 }, 3);
  node.setAttribute("width", 20);
  node.setAttribute("height", 20);
  return [...statuses.map((status) => item(statusIcon(status, 18), t(`status_${status}`))), item(node, t("cluster"))];
}

export function swatch(colour, extra) {
  return el("span", { class: `legend-swatch ${extra || ""}`, style: { background: colour } });
}

/** Classes of a scale: colours and the words of their limits. */
export function classes(colours, words) {
  return el(
    "span",
    { class: "legend-classes" },
    colours.map((colour, i) => el("span", { class: "legend-class" }, swatch(colour), el("span", {}, words[i]))),
  );
}

function line(colour, width) {
  return sign(svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: colour, "stroke-width": width }));
}

function dashed(width) {
  return sign(
    svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: "#1f5f95", "stroke-opacity": ".2", "stroke-width": 9 }),
    svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: "#fff", "stroke-width": width + 1.6 }),
    svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: "#123f66", "stroke-width": width, "stroke-dasharray": "11 3 2 3" }),
  );
}

function rail() {
  return sign(
    svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: "#5f6c79", "stroke-width": 4 }),
    svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: "#fff", "stroke-width": 2.2, "stroke-dasharray": "6 6" }),
  );
}

function sign(...children) {
  return svg("svg", { class: "legend-line", viewBox: "0 0 26 12", width: 26, height: 12, "aria-hidden": "true" }, ...children);
}
