// The balance strip: one mark per grid on one axis, what is allowed shaded; the whole plan in one glance.

import { data, t } from "./data.js";
import { WASH } from "./colours.js";
import { svg } from "./dom.js";
import { count, percent, share } from "./format.js";

const W = 360;
const H = 92;
const BASE = 68;
const DOT = 4.6;
const BINNED_ABOVE = 120;
const BARS_ABOVE = 600; // more marks than this are no longer told apart
const BAR = 6;

/** The strip of the given grids; `onPick(grid)` hears of a click on a mark. */
export function balanceStrip(grids, onPick, onHover) {
  const axis = data.band ? weightAxis(grids) : deviationAxis(grids);
  const x = (value) => 14 + ((clamp(value, axis.min, axis.max) - axis.min) / (axis.max - axis.min)) * (W - 28);
  const node = svg("svg", { class: "strip", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": alternative(axis) });
  node.append(
    svg("rect", { x: x(axis.low), y: 2, width: x(axis.high) - x(axis.low), height: BASE - 2, fill: "#E9EFF4" }),
    svg("line", { x1: 4, x2: W - 4, y1: BASE, y2: BASE, stroke: "#7C8894" }),
    svg("line", { x1: x(axis.middle), x2: x(axis.middle), y1: 2, y2: BASE, stroke: "#5F6C79" }),
  );
  for (const [value, word] of axis.ticks) {
    node.append(svg("text", { x: x(value), y: H - 6, "text-anchor": "middle" }, word));
  }
  if (grids.length > BARS_ABOVE) node.append(...bars(grids, axis, x));
  else for (const mark of swarm(grids, axis, x)) node.append(draw(mark, onPick, onHover));
  return node;
}

function deviationAxis(grids) {
  const tolerance = data.tolerance;
  const worst = Math.max(...grids.map((g) => Math.abs(data.deviation[g.k])), tolerance);
  // Far strays would squeeze the rest together: they stand at the edge instead, as arrows.
  const reach = Math.min(Math.max(worst, tolerance * 1.5), Math.max(tolerance * 3.2, 0.12));
  return {
    min: -reach,
    max: reach,
    low: -tolerance,
    high: tolerance,
    middle: 0,
    value: (g) => data.deviation[g.k],
    ticks: [[-tolerance, `\u2212${share(tolerance)}`], [0, t("mean_zero")], [tolerance, `+${share(tolerance)}`]],
  };
}

function weightAxis(grids) {
  const [low, high] = data.band;
  const room = (high - low) * 0.8;
  const values = grids.map((g) => g.weight);
  const min = Math.max(0, Math.max(Math.min(...values), low - room));
  const max = Math.min(Math.max(...values), high + room);
  return {
    min: Math.min(min, low - (high - low) * 0.15),
    max: Math.max(max, high + (high - low) * 0.15),
    low,
    high,
    middle: values.reduce((a, b) => a + b, 0) / values.length,
    value: (g) => g.weight,
    ticks: [[low, count(low)], [high, t(`n_${data.measure}`, { n: count(high) })]],
  };
}

/** Stacks marks that fall on the same place; above 120 grids one mark stands for several. */
function swarm(grids, axis, x) {
  const columns = new Map();
  for (const grid of [...grids].sort((a, b) => axis.value(a) - axis.value(b))) {
    const column = Math.round(x(axis.value(grid)) / (DOT * 2 + 0.6));
    if (!columns.has(column)) columns.set(column, []);
    columns.get(column).push(grid);
  }
  const tallest = Math.max(...[...columns.values()].map((c) => c.length));
  const step = Math.min(DOT * 2 + 0.6, (BASE - 8) / Math.max(1, tallest));
  const radius = grids.length > BINNED_ABOVE ? Math.max(2, Math.min(DOT, step * 0.75)) : Math.max(2.4, Math.min(DOT, step * 0.8));
  const marks = [];
  for (const [column, stack] of columns) {
    stack.forEach((grid, i) => {
      marks.push({ grid, x: column * (DOT * 2 + 0.6), y: BASE - 6 - i * step, r: radius, side: data.side[grid.k] });
    });
  }
  return marks;
}

/** One bar for all grids of a stretch of the axis, what is over and under in its own colour. */
function bars(grids, axis, x) {
  const columns = new Map();
  for (const grid of grids) {
    const at = Math.round(x(axis.value(grid)) / BAR);
    if (!columns.has(at)) columns.set(at, [0, 0, 0]);
    columns.get(at)[data.side[grid.k] + 1] += 1;
  }
  const most = Math.max(...[...columns.values()].map(([under, within, over]) => under + within + over));
  return [...columns].flatMap(([at, counts]) => {
    let y = BASE;
    return counts.map((n, side) => {
      const height = (n / most) * (BASE - 8);
      y -= height;
      return n ? svg("rect", { x: at * BAR - BAR / 2 + 0.5, y, width: BAR - 1, height, fill: ["#2A6FA8", "#7C8EA0", "#B3541E"][side] }, svg("title", {}, count(n))) : null;
    });
  }).filter(Boolean);
}

function draw({ grid, x, y, r, side }, onPick, onHover) {
  const shape = side
    ? svg("path", {
        d: side > 0 ? `M${x} ${y - r - 0.6}l${r + 0.8} ${2 * r}h${-2 * (r + 0.8)}z` : `M${x} ${y + r + 0.6}l${r + 0.8} ${-2 * r}h${-2 * (r + 0.8)}z`,
        fill: side > 0 ? "#B3541E" : "#2A6FA8",
      })
    : svg("circle", { cx: x, cy: y, r, fill: WASH[grid.colour], stroke: "#2B3844", "stroke-width": 1.1 });
  shape.append(svg("title", {}, `${grid.name} ${percent(data.deviation[grid.k])}`));
  shape.addEventListener("click", () => onPick(grid));
  shape.addEventListener("mouseenter", () => onHover(grid));
  shape.addEventListener("mouseleave", () => onHover(null));
  return shape;
}

function alternative(axis) {
  const over = data.side.filter((s) => s > 0).length;
  const under = data.side.filter((s) => s < 0).length;
  const low = data.band ? count(axis.low) : percent(axis.low);
  const high = data.band ? count(axis.high) : percent(axis.high);
  return t("strip_text", { within: data.side.length - over - under, over, under, low, high });
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
