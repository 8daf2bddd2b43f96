// The issues page: queue, map and card, each answering the others.

import { grids, pixelsPerMetre, t, unplane } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintVeil } from "./borders.js";
import { PAPER, SHEET } from "./colours.js";
import { stroke } from "./canvas.js";
import { el, isPhone, put } from "./dom.js";
import { makeDrawer, setDrawer } from "./drawer.js";
import { STATUSES } from "./icons.js";
import { column, pinOf, pointOf } from "./issuedata.js";
import { issueCard } from "./issuecard.js";
import { Labels } from "./labels.js";
import { fillLegend, issueItems, item, lineItems, swatch } from "./legend.js";
import { overview } from "./overview.js";
import { Pins, paintRing } from "./pins.js";
import { Queue } from "./queue.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";

const panel = document.getElementById("panel");
const root = document.getElementById("queue");
const body = el("div", { class: "panel-body" });
let stage = null;
let pins = null;
let labels = null;
let queue = null;
let open = null;
let hovered = null;

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  const mine = open === null ? -1 : column("grid", open);
  paintGrids(ctx, view, (grid) => (grid.k === mine ? "#dce8f2" : SHEET));
  paintGround(ctx, view, true);
  paintNetwork(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, true);
}

/** The chosen issue's grid, the circle of its location error, and a ring around the one under the pointer. */
function paintTop(ctx, view) {
  const k = open === null ? -1 : column("grid", open);
  if (k >= 0) {
    stroke(ctx, view, grids[k].path, "#ffffff", 6);
    stroke(ctx, view, grids[k].path, "#1f5f95", 3);
  }
  for (const i of [hovered, open]) {
    if (i === null || !pointOf(i)) continue;
    paintRing(ctx, view, pointOf(i), i === open ? 19 : 17);
  }
  if (open !== null) {
    const at = pointOf(open);
    const accuracy = column("accuracy", open);
    if (at && accuracy) {
      const circle = new Path2D();
      circle.arc(at[0], at[1], accuracy * pixelsPerMetre(), 0, 7);
      ctx.fillStyle = "rgba(240,177,58,.22)";
      ctx.fill(circle);
      stroke(ctx, view, circle, "#865000", 1.4);
    }
  }
}

function start() {
  keepLanguage();
  makeDrawer(root, "half");
  panel.append(body);
  makeDrawer(panel, "half");
  stage = new Stage({ paint, paintTop, outlineChosen: false });
  pins = new Pins(stage, { onOpen: show, onCluster: (members) => queue.showOnly(members), onHover: hover, of: pinOf });
  labels = new Labels(stage.map, { obstacles: () => pins.boxes() });
  queue = new Queue(root, {
    onOpen: (i) => show(i, true),
    onHover: hover,
    onChange: (list) => {
      pins.show(list);
      labels.refresh();
      current = list;
      if (open === null) showOverview();
    },
    inView: (i) => stage.map.getBounds().contains(unplane(...pointOf(i))),
  });
  stage.map.on("moveend", () => {
    if (queue.follow) queue.refill();
  });
  stage.map.getContainer().addEventListener("keydown", closeOnEscape);
  panel.addEventListener("keydown", closeOnEscape);
  legend();
  document.body.dataset.ready = "1";
}

let current = [];

function showOverview() {
  panel.classList.remove("open");
  if (isPhone()) root.hidden = false;
  put(body, ...overview(current, (change) => queue.want(change)));
}

function show(i, fromList = false) {
  open = i;
  hovered = null;
  put(body, ...issueCard(i, { onClose: close }));
  panel.classList.add("open");
  panel.scrollTop = 0;
  if (isPhone()) {
    root.hidden = true;
    setDrawer(panel, "half");
  }
  queue.choose(i);
  pins.choose(i);
  stage.repaint();
  if (pointOf(i) && (fromList || isPhone())) stage.centre(pointOf(i), 16.5);
  if (fromList) body.querySelector("h1").focus({ preventScroll: true });
}

function close() {
  const before = open;
  open = null;
  root.hidden = false;
  pins.choose(null);
  queue.choose(null);
  stage.repaint();
  showOverview();
  queue.focusRow(before);
}

function closeOnEscape(event) {
  if (event.key === "Escape" && open !== null) close();
}

function hover(i) {
  hovered = i;
  queue.hover(i);
  stage.top.repaint();
}

function legend() {
  fillLegend(
    stage.map,
    [...issueItems(STATUSES), item(swatch("rgba(240,177,58,.4)", "round"), t("location_error")), ...lineItems(false)],
    null,
  );
}

start();
