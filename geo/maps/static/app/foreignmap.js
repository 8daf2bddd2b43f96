// A base map of tiles from elsewhere under the sheet, where the deployment names one: its switch, its credit, its silence.

import { data, t } from "./data.js";
import { Sheet } from "./canvas.js";
import { announce, el, put, said, svg } from "./dom.js";
import { Tiles } from "./foreigntiles.js";

/** How much of a wash is left over a foreign map. */
export const WASH_OPACITY = 0.55;
const KEPT_AS = "wangge-foreign";

/** `shown` while tiles lie under the sheet: paper, ground and network of the place's own are then not painted. */
export const foreign = { shown: false };

let wanted = Boolean(data.foreign) && remembered();
let told = false;
const maps = [];
const tiles = data.foreign ? data.foreign.sources.map((source) => new Tiles(source, change)) : [];

/** Puts the foreign map under a stage, and its switch into the box of the zoom buttons. */
export function attachForeign(stage, box) {
  if (!tiles.length) return;
  const { map } = stage;
  const pane = map.createPane("foreign");
  pane.style.zIndex = 190;
  // Pictures of the map take its canvases in their order.
  map.getPane("mapPane").prepend(pane);
  const own = { stage, needed: tiles.map(() => new Set()) };
  own.sheet = new Sheet({ pane: "foreign", paint: (ctx, view) => paint(ctx, view, own) });
  own.button = el("button", { type: "button", class: "foreign-switch", title: t("foreign_title"), onclick: () => turn(!wanted) }, icon(), el("span", {}, t("foreign")));
  own.credit = el("p", { class: "foreign-credit", hidden: true }, said(data.foreign.credit));
  own.note = el("div", { class: "float foreign-note", hidden: true });
  box.append(own.button);
  box.classList.add("with-foreign");
  document.body.classList.add("has-foreign");
  map.getContainer().append(own.credit);
  stage.float(own.note);
  maps.push(own);
  own.sheet.addTo(map);
  map.on("zoomend", change);
  change();
}

/**
 * What `work` gives while the place's own ground is painted: a picture that people keep holds nothing of somebody
 * else's map, and a browser would not hand one over.
 */
export function withOwnGround(work) {
  if (!foreign.shown) return work();
  foreign.shown = false;
  try {
    for (const own of maps) own.stage.sheet._paint();
    return work();
  } finally {
    foreign.shown = true;
    for (const own of maps) own.stage.repaint();
  }
}

/** The canvases of a map that belong into a picture of it, the lowest first. */
export function canvasesOf(box) {
  return [...box.querySelectorAll("canvas")].filter((canvas) => foreign.shown || !canvas.closest(".leaflet-foreign-pane"));
}

/** The credit that a picture with a foreign map must show, "" for none. */
export function creditShown() {
  return foreign.shown ? data.foreign.credit : "";
}

function paint(ctx, view, own) {
  if (!wanted) return;
  tiles.forEach((source, i) => {
    own.needed[i] = source.paint(ctx, view);
    source.drop((key) => maps.every((other) => !other.needed[i].has(key)));
  });
}

function turn(on) {
  wanted = on;
  remember(on);
  for (const source of tiles) {
    if (on) source.wake();
    else source.drop(() => true);
  }
  announce(t(on ? "foreign_on" : "foreign_off"));
  change();
}

/** Looks anew at what can be shown, and paints. */
function change() {
  const near = tiles.filter((source) => maps.some((own) => source.reaches(own.stage.map.getZoom())));
  const shown = wanted && near.some((source) => source.came && !source.rests);
  const silent = wanted && near.some((source) => source.rests);
  const turned = shown !== foreign.shown;
  foreign.shown = shown;
  document.body.classList.toggle("foreign", shown);
  for (const own of maps) {
    own.button.setAttribute("aria-pressed", String(wanted));
    own.credit.hidden = !shown;
    tell(own, silent);
    own.sheet.repaint();
    if (turned) {
      own.stage.repaint();
      own.stage.map.fire("basechange");
    }
  }
  if (silent && !told) announce(t("foreign_silent"));
  told = silent;
}

function tell(own, silent) {
  if (own.note.hidden === !silent) return;
  own.note.hidden = !silent;
  if (silent) put(own.note, el("span", {}, t("foreign_silent")), el("button", { type: "button", class: "link", onclick: () => turn(true) }, t("retry")));
}

function remembered() {
  try {
    return window.localStorage.getItem(KEPT_AS) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    window.localStorage.setItem(KEPT_AS, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing shows it on every page.
  }
}

function icon() {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: "M12 4 3.5 8.5 12 13l8.5-4.5zM4 12.5l8 4.3 8-4.3M4 16.3l8 4.3 8-4.3" }));
}
