// The place under the grids, from its own buildings, roads, water, railways, walls and parks.

import { data, pathOf } from "./data.js";
import { pattern, ramp, stroke } from "./canvas.js";
import { foreign } from "./foreignmap.js";
import { ROAD_CLASSES, roadClass } from "./roads.js";

const INK = "23,34,45";
export const GREEN = ["park", "green", "garden", "square"];
// Kind of road: width in pixels by zoom.
const ROADS = {
  lane: [[14, 0], [14.5, 0.7], [16, 2], [17, 3.6], [19, 10]],
  local: [[13, 0.6], [14.5, 1.8], [16, 4], [17, 7], [19, 20]],
  secondary: [[13, 1.4], [14.5, 3], [16, 6.4], [17, 10.5], [19, 30]],
  arterial: [[13, 2.4], [14.5, 4.6], [16, 9], [17, 15], [19, 42]],
};
const paths = {
  building: pathOf(data.base.building, true),
  water: pathOf(data.base.water, true),
  park: pathOf(data.base.park, true),
  rail: pathOf(data.base.rail, false),
  wall: pathOf(data.base.wall, false),
};
const roads = ROAD_CLASSES.map((kind) => ({
  kind,
  path: pathOf(data.base.road.filter((r) => roadClass(r.kind) === kind).flatMap((r) => r.lines), false),
}));

/** Layers of a large place that come after the page: they are drawn from now on. */
export function bring(layers) {
  Object.assign(data.base, layers);
  for (const name of Object.keys(paths)) if (layers[name]) paths[name] = pathOf(layers[name], name !== "rail" && name !== "wall");
  if (!layers.road) return;
  for (const road of roads) road.path = pathOf(layers.road.filter((r) => roadClass(r.kind) === road.kind).flatMap((r) => r.lines), false);
}

export function hasLayer(name) {
  if (data.tiles) return (name === "park" ? GREEN : [name]).some((part) => data.tiles.parts.includes(part));
  return data.base[name].length > 0;
}

/** What is drawn of the place: all of it, or what a tile holds. */
function partsOf({ tile }) {
  if (!tile) return { ...paths, roads };
  const { buildings, water, roads: streets, other } = tile.parts;
  const none = new Path2D();
  return {
    building: buildings ? buildings.path : none,
    water: water ? water.path : none,
    roads: streets ? streets.paths : [],
    ...(other || { park: none, rail: none, wall: none }),
  };
}

/** Parks and buildings; `tinted` fills parks with green (issue maps), else dots that read over any wash. */
export function paintGround(ctx, view, tinted) {
  if (foreign.shown) return;
  if (tinted) {
    ctx.fillStyle = "#dfe9d3";
  } else {
    ctx.fillStyle = pattern(ctx, view, 7, (c) => {
      c.fillStyle = "rgba(62,112,62,.55)";
      for (const [x, y] of [[1.75, 1.75], [5.25, 5.25]]) {
        c.beginPath();
        c.arc(x, y, 0.95, 0, 7);
        c.fill();
      }
    });
  }
  const parts = partsOf(view);
  // The shapes of a tile are wound (holes the other way round), those of a page are not.
  const rule = view.tile ? "nonzero" : "evenodd";
  ctx.fill(parts.park, rule);
  if (view.zoom < 13) return;
  ctx.fillStyle = `rgba(${INK},${tinted ? 0.1 : 0.13})`;
  ctx.fill(parts.building, rule);
}

/** Water, roads with their casing over it (a road over water is a bridge), railways, walls. */
export function paintNetwork(ctx, view) {
  if (foreign.shown) return;
  ctx.fillStyle = "#b5d5e6";
  const parts = partsOf(view);
  ctx.fill(parts.water, view.tile ? "nonzero" : "evenodd");
  ctx.lineCap = "round";
  for (const { kind, path } of parts.roads) {
    const width = ramp(view.zoom, ROADS[kind]);
    if (width > 1.2) stroke(ctx, view, path, `rgba(${INK},.16)`, width + 1.6);
  }
  for (const { kind, path } of parts.roads) stroke(ctx, view, path, "#ffffff", ramp(view.zoom, ROADS[kind]));
  ctx.lineCap = "butt";
  const rail = ramp(view.zoom, [[13, 1.6], [14.5, 2.4], [16, 3.4], [17, 4]]);
  stroke(ctx, view, parts.rail, "#5f6c79", rail);
  stroke(ctx, view, parts.rail, "#ffffff", Math.max(0.5, rail - 1.6), [9, 9]);
  if (view.zoom >= 15.2) {
    const wall = ramp(view.zoom, [[15.2, 0.6], [16, 1], [17, 1.4]]);
    stroke(ctx, view, parts.wall, "#74808c", wall);
    stroke(ctx, view, parts.wall, "#5f6c79", wall * 2.8, [wall, 9]);
  }
}
