// The map of the dispatch page: candidates tinted by how likely they are, the chosen outline, the circle of the error.

import { grids, pixelsPerMetre, t } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintVeil } from "./borders.js";
import { PAPER, SHEET } from "./colours.js";
import { stroke } from "./canvas.js";
import { share } from "./format.js";
import { STATUSES } from "./icons.js";
import { fillLegend, issueItems, item, lineItems, swatch } from "./legend.js";
import { paintRing } from "./pins.js";
import { paintGrids, paper, union } from "./stage.js";

// Accent over the sheet at 20, 8 and 5 %, opaque so that the tone is the same everywhere.
const TINTS = ["#cfdbe2", "#e9eeee", "#f0f2f1"];

// A candidate below this share is in the list alone.
const LIKELY = 0.03;

/** What the map shows beside pins: {choices, chosen (code), point, error (metres), bare (no pin stands there), hovered}. */
export class Focus {
  constructor() {
    this.clear();
  }

  clear() {
    Object.assign(this, { choices: [], chosen: null, point: null, error: null, bare: false });
  }

  tint(grid) {
    const at = this.choices.findIndex((choice) => choice.code === grid.code && choice.share >= LIKELY);
    if (at >= 0) return TINTS[Math.min(at, 2)];
    return grid.code === this.chosen ? TINTS[0] : SHEET;
  }

  second(grid) {
    const choice = this.choices.find((one) => one.code === grid.code && one.share !== null);
    return choice ? { text: share(choice.shown), side: "" } : null;
  }

  rank(grid) {
    return this.choices.some((one) => one.code === grid.code) || grid.code === this.chosen ? 1 : 0;
  }

  /** The box around what is to be decided, or null. */
  box() {
    // Those far away that are hardly meant would only make the others small.
    const likely = this.choices.filter((choice) => choice.share >= LIKELY);
    const found = (likely.length ? likely : this.choices).slice(0, 3).map((choice) => choice.grid).filter(Boolean);
    if (!found.length && this.chosen) found.push(...grids.filter((grid) => grid.code === this.chosen));
    const boxes = found.map((grid) => grid.box);
    if (this.point) boxes.push([...this.point, ...this.point]);
    return boxes.length ? boxes.reduce(union) : null;
  }

  paint(ctx, view) {
    paper(ctx, view, PAPER);
    paintGrids(ctx, view, (grid) => this.tint(grid));
    paintGround(ctx, view, true);
    paintNetwork(ctx, view);
    paintVeil(ctx, view);
    paintBorders(ctx, view, true);
  }

  paintTop(ctx, view) {
    for (const choice of this.choices) {
      if (choice.grid && choice.share >= LIKELY && choice.code !== this.chosen) stroke(ctx, view, choice.grid.edge || choice.grid.path, "#1f5f95", 1.6, [5, 4]);
    }
    const chosen = grids.find((grid) => grid.code === this.chosen);
    if (chosen) {
      const edge = chosen.edge || chosen.path;
      stroke(ctx, view, edge, "#ffffff", 7);
      stroke(ctx, view, edge, "#1f5f95", 3.6);
    }
    if (this.point && this.error) {
      const circle = new Path2D();
      circle.arc(this.point[0], this.point[1], this.error * pixelsPerMetre(), 0, 7);
      ctx.fillStyle = "rgba(240,177,58,.28)";
      ctx.fill(circle);
      stroke(ctx, view, circle, "#865000", 1.6);
    }
    const choice = this.choices.find((one) => one.code === this.chosen);
    for (const at of choice ? choice.at.slice(0, 3) : []) paintRing(ctx, view, at, 6);
    if (this.point && this.bare) paintDot(ctx, view, this.point);
    else if (this.point) paintRing(ctx, view, this.point, 19);
    if (this.hovered) paintRing(ctx, view, this.hovered, 17);
  }
}

/** A place that has no pin yet. */
function paintDot(ctx, view, [x, y]) {
  for (const [radius, colour] of [[11, "#ffffff"], [9, "#1f5f95"], [3.5, "#ffffff"]]) {
    const dot = new Path2D();
    dot.arc(x, y, view.px(radius), 0, 7);
    ctx.fillStyle = colour;
    ctx.fill(dot);
  }
}

/** The words of a grid's tooltip. */
export function tipOf(grid, focus) {
  const choice = focus.choices.find((one) => one.code === grid.code);
  return choice && choice.share !== null ? t("tip_share", { name: grid.name, share: share(choice.shown) }) : grid.name;
}

/** The legend: the signs of what is open, the circle of the error, lines. */
export function showLegend(map) {
  const open = issueItems(STATUSES.filter((status) => status !== "closed"));
  fillLegend(map, [...open, item(swatch("rgba(240,177,58,.4)", "round"), t("location_error")), ...lineItems(false)], null);
}
