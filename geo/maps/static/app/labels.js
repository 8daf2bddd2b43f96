// Names on the map: placed greedily by priority, so that no two overlap; elements are kept by key from one to the next.

import { REFERENCE_ZOOM, areaName, contains, data, decode, grids, pixelsPerMetre, planePoint, unplane } from "./data.js";
import { Boxes } from "./boxes.js";
import { roadClass } from "./roads.js";
import { el, said, textWidth } from "./dom.js";
import { foreign } from "./foreignmap.js";
import { padlock } from "./icons.js";
import { tiles } from "./vectortiles.js";

const CROWDED = 60;
const LEAST_ROOM = 7; // pixels from the middle of a grid to its border
const NAMED_FROM = 15;
const NOTHING = new Boxes();
const ROAD_FROM = { arterial: 14, secondary: 14.8, local: 15.6, lane: 16.6 };

// Places around the middle of a grid, in pixels, the near ones first.
const STEPS = [-48, -40, -32, -24, -16, -8, 0, 8, 16, 24, 32, 40, 48];
const BESIDE = STEPS.flatMap((x) => STEPS.map((y) => [x, y])).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

/**
 * Labels of a map. `second(grid)` gives the second line of a grid, {text, side} or null; `first(grid)` ranks some
 * grids before the others (the chosen one, those with faults); `obstacles()` are boxes that no name may cover;
 * `avoid()` are boxes that names keep clear of unless a grid would stay without any; `light(grid)` tells that its fill is dark.
 */
export class Labels {
  constructor(map, { second, first, obstacles, avoid, light, locked, list = grids }) {
    this.map = map;
    this.list = list;
    this.locked = locked || (() => false);
    this.second = second || (() => null);
    this.first = first || (() => 0);
    this.light = light || (() => false);
    this.obstacles = obstacles || (() => []);
    this.avoid = avoid || (() => []);
    this.pane = map.createPane("labels");
    this.pane.classList.add("leaflet-zoom-hide");
    this.shown = new Map();
    this.takeRoads();
    map.on("moveend zoomend resize basechange", () => this.refresh());
    if (tiles) tiles.hearers.push(soon(() => this.refresh()));
  }

  /** The roads of the page's data, which may come late. */
  takeRoads() {
    this.roads = data.base.road.filter((road) => road.name).map((road) => ({ ...road, lines: road.lines.map(decode) }));
  }

  refresh() {
    const zoom = this.map.getZoom();
    const scale = 2 ** (zoom - REFERENCE_ZOOM);
    const origin = this.map.latLngToLayerPoint(unplane(0, 0));
    const size = this.map.getSize();
    const corner = this.map.containerPointToLayerPoint([0, 0]);
    const view = [corner.x - 60, corner.y - 60, corner.x + size.x + 60, corner.y + size.y + 60];
    this.taken = new Boxes(this.obstacles());
    this.avoided = new Boxes(this.avoid());
    this.next = new Map();
    this.frame = { zoom, scale, origin, view };
    const named = this.placeGrids();
    // A foreign map has names of its own for what is on it.
    if (!foreign.shown) {
      if (named) this.placeAreaNames();
      this.placeRoads();
    }
    for (const [key, node] of this.shown) if (!this.next.has(key)) node.remove();
    this.shown = this.next;
  }

  /** Grid labels; returns true if grids carry their whole names at this zoom. */
  placeGrids() {
    const { zoom, scale } = this.frame;
    const perMetre = pixelsPerMetre() * scale;
    const list = [];
    for (const grid of this.list) {
      if (!grid.label) continue;
      const room = grid.label.metres * perMetre;
      // Far out most have no room for their number.
      if (room < LEAST_ROOM && zoom < NAMED_FROM) continue;
      const at = this.screen(grid.label.at);
      if (this.inView(at)) list.push({ grid, at, room });
    }
    const fits = () => list.filter(({ grid, room }) => textWidth(grid.name, "600 13px") <= room * 2.3 + 8).length;
    this.crowded = [];
    const named = zoom >= NAMED_FROM && fits() >= list.length * 0.6;
    if (!named) this.placeAreas();
    list.sort((a, b) => this.first(b.grid) - this.first(a.grid) || b.room - a.room);
    for (const { grid, at, room } of list) {
      const whole = named && textWidth(grid.name, "600 13px") <= room * 2.3 + 8;
      const text = whole ? grid.name : grid.num;
      // Where there is much room, those that come first say more from farther out.
      const roomy = zoom >= 15.4 ? room >= 22 : room >= 44 && this.first(grid) > 0;
      const line = named && whole && roomy ? this.second(grid) : null;
      if (!whole && room < LEAST_ROOM) continue;
      const lines = line ? [line, null] : [null];
      if (lines.some((rest) => this.tryGrid(grid, text, rest, at, room))) continue;
      if (!whole || !this.tryGrid(grid, grid.num, null, at, room)) this.crowded.push([grid, grid.num, at, room]);
    }
    // Half under a sign a number still says more than none; where hundreds have no room, nobody misses one of them.
    const { avoided } = this;
    const few = this.crowded.length <= CROWDED;
    for (const [grid, text, at, room] of this.crowded) {
      this.avoided = avoided;
      if (few && this.tryBeside(grid, text, at)) continue;
      this.avoided = NOTHING;
      this.tryGrid(grid, text, null, at, room);
    }
    this.avoided = avoided;
    return named;
  }

  tryGrid(grid, text, line, at, room) {
    const w = Math.max(textWidth(text, "600 13px"), line ? textWidth(line.text, "400 12px") + (line.side ? 13 : 0) : 0) + 4;
    const h = line ? 33 : 17;
    const s = Math.min(room * 0.55, 30);
    const tries = [[0, 0], [0, s / 2], [0, -s / 2], [0, s], [0, -s], [s, 0], [-s, 0], [s, s], [-s, s], [s, -s], [-s, -s]];
    for (const [dx, dy] of tries) {
      if (!this.claim(at[0] + dx, at[1] + dy, w, h)) continue;
      const key = `g${grid.k}|${text}|${line ? `${line.text}${line.side}` : ""}|${this.light(grid)}|${this.locked(grid)}`;
      this.show(key, at[0] + dx, at[1] + dy, () => gridLabel(text, line, this.light(grid), this.locked(grid)));
      return true;
    }
    return false;
  }

  /** Far from its middle a name may stand only where its whole box lies inside its grid. */
  tryBeside(grid, text, at) {
    const { origin, scale } = this.frame;
    const w = textWidth(text, "600 13px") + 4;
    const inside = (x, y) => contains(grid.rings, (x - origin.x) / scale, (y - origin.y) / scale);
    for (const [dx, dy] of BESIDE) {
      const [x, y] = [at[0] + dx, at[1] + dy];
      const held = [-w / 2, w / 2].every((cx) => [-7, 7].every((cy) => inside(x + cx, y + cy)));
      if (!held || !this.claim(x, y, w, 15)) continue;
      this.show(`g${grid.k}|${text}||${this.light(grid)}`, x, y, () => gridLabel(text, null, this.light(grid)));
      return true;
    }
    return false;
  }

  /** Community names far out, in their own colour and widely set. */
  placeAreas() {
    const level = this.frame.zoom >= 12.5 ? "community" : "street";
    data.areas.label.forEach((label, k) => {
      if (!label || data.areas.level[k] !== level) return;
      const at = this.screen(planePoint(label[0], label[1]));
      if (!this.inView(at)) return;
      const name = shortArea(areaName(k));
      const w = textWidth(name, "600 15px") + 4 * name.length + 4;
      for (const dy of [0, 22, -22, 40, -40]) {
        if (!this.claim(at[0], at[1] + dy, w, 20)) continue;
        this.show(`a${k}`, at[0], at[1] + dy, () => el("div", { class: "lb lb-area" }, said(name)));
        return;
      }
    });
  }

  /** Water and park names, near in. */
  placeAreaNames() {
    const perMetre = pixelsPerMetre() * this.frame.scale;
    data.base.names.forEach(([name, kind, x, y, metres], i) => {
      const w = textWidth(name, "400 12px") + 2 * name.length;
      if (metres * perMetre * 2.4 < w) return;
      const at = this.screen(planePoint(x, y));
      if (!this.inView(at) || !this.claim(at[0], at[1], w, 16)) return;
      this.show(`n${i}`, at[0], at[1], () => el("div", { class: `lb lb-${kind}` }, said(name)));
    });
  }

  placeRoads() {
    const { zoom, scale } = this.frame;
    for (const road of tiles ? tiles.roads() : this.roads) {
      if (zoom < ROAD_FROM[roadClass(road.kind)]) continue;
      const chars = [...road.name];
      const long = textWidth(road.name, "400 12px") + 3 * chars.length;
      const lines = road.lines
        .map((xy) => ({ xy, length: lineLength(xy) * scale }))
        .filter((line) => line.length > long + 24)
        .sort((a, b) => b.length - a.length);
      const places = lines.slice(0, 3).flatMap((line) => [0.5, 0.34, 0.66, 0.2, 0.8].map((share) => ({ ...line, share })));
      places.some(({ xy, length, share }) => this.tryRoad(road, chars, xy, length, long, share));
    }
  }

  tryRoad({ kind, name }, chars, xy, length, long, share) {
    const { scale } = this.frame;
    const half = long / 2;
    const a = this.screen(along(xy, (share * length - half) / scale));
    const b = this.screen(along(xy, (share * length + half) / scale));
    const middle = this.screen(along(xy, (share * length) / scale));
    if (!this.inView(middle)) return false;
    const chord = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (chord < long * 0.94) return false;
    let angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    if (angle > Math.PI / 2) angle -= Math.PI;
    if (angle < -Math.PI / 2) angle += Math.PI;
    const steep = Math.abs(angle) > 0.9;
    const cjk = /[\u3400-\u9fff]/.test(name);
    const upright = steep && cjk;
    // Upright names stand beside the line, so that it does not run through them.
    const centre = upright ? [middle[0] + 11, middle[1]] : middle;
    const boxes = chars.map((_, j) => {
      const off = ((j + 0.5) / chars.length - 0.5) * long;
      return upright ? [centre[0], centre[1] + off] : [centre[0] + Math.cos(angle) * off, centre[1] + Math.sin(angle) * off];
    });
    const cell = long / chars.length + 1;
    if (boxes.some(([x, y]) => this.hits(x, y, cell, 15))) return false;
    for (const [x, y] of boxes) this.taken.add([x - cell / 2, y - 7.5, x + cell / 2, y + 7.5]);
    const turn = upright ? 0 : Math.round(angle * 573) / 10;
    this.show(`r${kind}|${name}|${upright}|${turn}`, centre[0], centre[1], () => {
      const node = el("div", { class: upright ? "lb lb-road lb-upright" : "lb lb-road" }, said(name));
      if (turn) node.firstChild.style.transform = `rotate(${turn}deg)`;
      return node;
    });
    return true;
  }

  screen([px, py]) {
    return [this.frame.origin.x + px * this.frame.scale, this.frame.origin.y + py * this.frame.scale];
  }

  inView([x, y]) {
    const v = this.frame.view;
    return x > v[0] && x < v[2] && y > v[1] && y < v[3];
  }

  hits(x, y, w, h) {
    const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
    return this.taken.meets(box) || this.avoided.meets(box);
  }

  claim(x, y, w, h) {
    if (this.hits(x, y, w, h)) return false;
    this.taken.add([x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
    return true;
  }

  show(key, x, y, make) {
    const node = this.shown.get(key) || make();
    node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`;
    if (!node.parentNode) this.pane.append(node);
    this.next.set(key, node);
  }
}

/** Calls f once after a while of calls: tiles come many at a time. */
function soon(f) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(f, 150);
  };
}

/** ▲ or ▼ for over and under, "" within. */
export function mark(side) {
  return side > 0 ? "▲" : side < 0 ? "▼" : "";
}

function gridLabel(text, line, light, locked) {
  const node = el("div", { class: light ? "lb lb-grid lb-light" : "lb lb-grid" }, el("b", {}, locked ? padlock(true, 13) : null, said(text)));
  if (line) {
    const side = line.side > 0 ? " over" : line.side < 0 ? " under" : "";
    node.append(el("span", { class: `lb-second${side}` }, line.side ? `${mark(line.side)} ` : "", line.text));
  }
  return node;
}

/** 望河社区 → 望河 */
export function shortArea(name) {
  return name.length > 3 ? name.replace(/(社区|街道|居委会)$/, "") : name;
}

function lineLength(xy) {
  let total = 0;
  for (let i = 2; i < xy.length; i += 2) total += Math.hypot(xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]);
  return total;
}

function along(xy, distance) {
  let left = Math.max(0, distance);
  for (let i = 2; i < xy.length; i += 2) {
    const step = Math.hypot(xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]);
    if (left <= step && step > 0) {
      const f = left / step;
      return [xy[i - 2] + (xy[i] - xy[i - 2]) * f, xy[i - 1] + (xy[i + 1] - xy[i - 1]) * f];
    }
    left -= step;
  }
  return [xy[xy.length - 2], xy[xy.length - 1]];
}
