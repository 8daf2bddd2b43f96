// The map and what all pages do with it: fit, floats, hover with a tooltip, choosing a grid, the scale bar.

import { REFERENCE_ZOOM, gridAt, grids, originLatLng, pixelsPerMetre, t, trace, unplane } from "./data.js";
import { Sheet, ramp, stroke } from "./canvas.js";
import { el, isPhone, isTouch, motion, perFrame, put, svg } from "./dom.js";
import { coveredHeight } from "./drawer.js";
import { WASH_OPACITY, attachForeign, foreign } from "./foreignmap.js";
import { metres } from "./format.js";
import { areSpots, spots } from "./tileparts.js";
import { TileSheet } from "./tilesheet.js";
import { tiles } from "./vectortiles.js";

const TOOLTIP_AFTER_MS = 300;

/**
 * Sets the map up. `paint(ctx, view)` draws the sheet, `paintTop(ctx, view)` what lies over it; `tip(grid)` gives
 * the rows of the tooltip; `onChoose(grid or null)` hears of clicks.
 */
export class Stage {
  constructor({ paint, paintTop, tip, onChoose, outlineChosen = true, onClick, map = window.wangge.map, list = grids, covered = coveredHeight }) {
    this.map = map;
    this.covered = covered;
    this.list = list;
    this.onClick = onClick || ((event) => this.choose(this.gridUnder(event.latlng)));
    this.tip = tip;
    this.onChoose = onChoose || (() => {});
    this.hovered = null;
    this.chosen = null;
    this.hoverListeners = [];
    this.map.createPane("sheet").style.zIndex = 200;
    this.map.createPane("top").style.zIndex = 210;
    this.sheet = new (tiles && list === grids ? TileSheet : Sheet)({ pane: "sheet", paint }).addTo(this.map);
    this.top = new Sheet({
      pane: "top",
      paint: (ctx, view) => {
        if (outlineChosen) this.paintChoice(ctx, view);
        if (paintTop) paintTop(ctx, view);
      },
    }).addTo(this.map);
    this.fit(false);
    this.floats();
    this.listen();
    // What is chosen is put together from tiles too.
    if (tiles) tiles.hearers.push(() => (this.chosen || this.hovered || paintTop) && this.top.repaint());
    new ResizeObserver(perFrame(() => this.map.invalidateSize({ animate: false }))).observe(this.map.getContainer());
  }

  /** Shows the whole area, beside what covers the map. */
  fit(animated = true) {
    const boxes = this.list.filter((grid) => !grid.gone).map((grid) => grid.box);
    if (!boxes.length) {
      this.map.setView(originLatLng(), 14);
      return;
    }
    this.fitBox(boxes.reduce(union), animated, 17);
  }

  fitBox(box, animated = true, maxZoom = 17) {
    const pad = isPhone() ? 16 : 36;
    // On phones the card of the chosen grid lies over the top of the map.
    const card = isPhone() && this.chosen ? 116 : 0;
    this.map.fitBounds(L.latLngBounds(unplane(box[0], box[1]), unplane(box[2], box[3])), {
      paddingTopLeft: [pad, pad + card],
      paddingBottomRight: [pad, pad + this.covered()],
      maxZoom,
      ...(animated ? motion() : { animate: false }),
    });
  }

  zoomTo(grid, animated = true) {
    const [x0, y0, x1, y1] = grid.box;
    const w = (x1 - x0) * 0.8;
    const h = (y1 - y0) * 0.8;
    this.fitBox([x0 - w, y0 - h, x1 + w, y1 + h], animated);
  }

  /** Centres a point of the plane, zooming in to `zoom` at least. */
  centre([px, py], zoom = 16.5) {
    const to = Math.max(this.map.getZoom(), zoom);
    const at = this.map.project(unplane(px, py), to).add([0, this.covered() / 2]);
    this.map.flyTo(this.map.unproject(at, to), to, motion());
  }

  repaint() {
    this.sheet.repaint();
    this.top.repaint();
  }

  hover(grid) {
    if (this.hovered === grid) return;
    this.hovered = grid;
    this.top.repaint();
    for (const hear of this.hoverListeners) hear(grid);
  }

  choose(grid, { zoom = false } = {}) {
    this.chosen = grid;
    if (grid && zoom) this.zoomTo(grid);
    this.top.repaint();
    this.onChoose(grid);
  }

  paintChoice(ctx, view) {
    if (this.hovered && this.hovered !== this.chosen) {
      ctx.fillStyle = "rgba(31,95,149,.08)";
      ctx.fill(this.hovered.path, "evenodd");
      stroke(ctx, view, this.hovered.edge || this.hovered.path, "#1f5f95", 2);
    }
    if (this.chosen) {
      const width = ramp(view.zoom, [[13, 2.2], [16, 3.6]]);
      const edge = this.chosen.edge || this.chosen.path;
      stroke(ctx, view, edge, "#ffffff", width + 3.4);
      stroke(ctx, view, edge, "#1f5f95", width);
    }
  }

  listen() {
    const map = this.map;
    let timer = 0;
    const node = el("div", { class: "tip", role: "tooltip", hidden: true });
    map.getContainer().append(node);
    const hide = () => {
      clearTimeout(timer);
      node.hidden = true;
    };
    map.on("mousemove", (event) => {
      hide();
      const covered = event.originalEvent.target.closest(".float");
      const grid = covered ? null : this.gridUnder(event.latlng);
      this.hover(grid);
      if (!grid || isTouch() || !this.tip) return;
      const at = event.containerPoint;
      timer = setTimeout(() => {
        put(node, ...this.tip(grid));
        node.hidden = false;
        const size = map.getSize();
        const x = Math.min(at.x + 14, size.x - node.offsetWidth - 8);
        const y = at.y + 18 + node.offsetHeight > size.y ? at.y - node.offsetHeight - 10 : at.y + 18;
        node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      }, TOOLTIP_AFTER_MS);
    });
    map.on("mouseout", () => {
      hide();
      this.hover(null);
    });
    map.on("movestart zoomstart mousedown", hide);
    map.on("click", (event) => this.onClick(event));
  }

  gridUnder(latlng) {
    const origin = this.map.project(originLatLng(), REFERENCE_ZOOM);
    const at = this.map.project(latlng, REFERENCE_ZOOM).subtract(origin);
    return gridAt(at.x, at.y, this.list);
  }

  /** [lat, lon] of a place of the plane. */
  latLngOf([px, py]) {
    return unplane(px, py);
  }

  /** Two corners of a box of the plane. */
  corners(box) {
    return [unplane(box[0], box[1]), unplane(box[2], box[3])];
  }

  /** A place of the map, in the plane. */
  planeOf(latlng) {
    const at = this.map.project(latlng, REFERENCE_ZOOM).subtract(this.map.project(originLatLng(), REFERENCE_ZOOM));
    return [at.x, at.y];
  }

  floats() {
    const button = (word, sign, act) =>
      el("button", { type: "button", title: t(word), "aria-label": t(word), onclick: act }, sign);
    const box = el(
      "div",
      { class: "zoomers float" },
      button("zoom_in", "+", () => this.map.zoomIn(1)),
      button("zoom_out", "−", () => this.map.zoomOut(1)),
      button("zoom_fit", icon(), () => this.fit()),
    );
    this.float(box);
    attachForeign(this, box);
  }

  /** Puts an element over the map; what is done in it does not reach the map. */
  float(node) {
    L.DomEvent.disableClickPropagation(node);
    L.DomEvent.disableScrollPropagation(node);
    this.map.getContainer().append(node);
  }
}

/** The scale bar for the legend strip: a round length of at most 100 px. */
export function scaleBar(map) {
  const bar = el("span", { class: "scale-bar" });
  const label = el("span", { class: "scale-text" });
  const update = () => {
    const perMetre = pixelsPerMetre() * 2 ** (map.getZoom() - REFERENCE_ZOOM);
    const most = 96 / perMetre;
    const power = 10 ** Math.floor(Math.log10(most));
    const nice = [5, 2, 1].find((n) => n * power <= most) * power;
    bar.style.width = `${Math.round(nice * perMetre)}px`;
    label.textContent = metres(nice);
  };
  map.on("zoomend", update);
  update();
  return el("span", { class: "scale" }, bar, label);
}

/** The box around two boxes. */
export function union(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** Whether two boxes meet. */
export function meet(a, b) {
  return a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];
}

export function paper(ctx, view, colour) {
  if (foreign.shown) return;
  const [x0, y0, x1, y1] = view.box;
  ctx.fillStyle = colour;
  ctx.fillRect(x0, y0, x1 - x0, y1 - y0);
}

/** Fills every grid with the colour that `colourOf(grid)` names; null leaves it out. */
export function paintGrids(ctx, view, colourOf, list = grids) {
  if (view.tile && list === grids) {
    paintWashes(ctx, view, colourOf);
    return;
  }
  ctx.lineJoin = "round";
  ctx.globalAlpha = foreign.shown ? WASH_OPACITY : 1;
  for (const grid of list) {
    const colour = grid.gone ? null : colourOf(grid);
    if (!colour) continue;
    ctx.fillStyle = colour;
    ctx.fill(grid.path, "evenodd");
    // The hairline between two fills would show the paper; two washes over one another would show a line.
    if (!foreign.shown) stroke(ctx, view, grid.path, colour, 0.7);
  }
  ctx.globalAlpha = 1;
}

/** The grids of a tile, those of one colour at once. */
function paintWashes(ctx, view, colourOf) {
  const { grids: parts } = view.tile.parts;
  if (!parts && !areSpots(view.tile.z)) return;
  ctx.lineJoin = "round";
  ctx.globalAlpha = foreign.shown ? WASH_OPACITY : 1;
  for (const paths of parts ? parts.washes(colourOf) : spots(view.box, colourOf)) {
    for (const [colour, path] of paths) {
      ctx.fillStyle = colour;
      ctx.fill(path);
      if (!foreign.shown) stroke(ctx, view, path, colour, 0.7);
    }
  }
  ctx.globalAlpha = 1;
}

/** The lines around each of some grids as one path; of a tile what it holds of them. */
export function outlineOf(view, list) {
  const path = new Path2D();
  if (!view.tile) {
    for (const grid of list) path.addPath(grid.path);
    return path;
  }
  const { borders } = view.tile.parts;
  const tiny = areSpots(view.tile.z);
  for (const grid of list) {
    const [x0, y0, x1, y1] = grid.box;
    if (!meet(grid.box, view.box)) continue;
    if (tiny) path.rect(x0, y0, x1 - x0, y1 - y0);
    else for (const xy of (borders && borders.of(grid.code)) || []) trace(path, xy, false);
  }
  return path;
}

function icon() {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" }));
}
