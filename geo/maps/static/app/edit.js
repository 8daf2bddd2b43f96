// The page of a draft: the plan's map with tools, every step answered by the server before it counts.

import { data, grids, t } from "./data.js";
import { draft } from "./packed.js";
import { bring, paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintUnits, paintVeil } from "./borders.js";
import { ActionCard } from "./actioncard.js";
import { DIVERGING, PAPER, WASH, classOf } from "./colours.js";
import { announce, el, put, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { labelOf, state, take } from "./drawing.js";
import { EditFaults } from "./editfaults.js";
import { Keys, helpDialog } from "./editkeys.js";
import { Watch } from "./editlive.js";
import { paintClosed, paintStates, paintWork } from "./editpaint.js";
import { EditPanel } from "./editpanel.js";
import { Operations, makeRail, press } from "./editrail.js";
import { Split } from "./editsplit.js";
import { TargetCard } from "./edittarget.js";
import { Editor } from "./editor.js";
import { count, people, percent } from "./format.js";
import { Labels } from "./labels.js";
import { keep } from "./links.js";
import { fillLegend, groundItem, item, lineItems, swatch } from "./legend.js";
import { Refused, ask, setOwnName } from "./server.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { Tools } from "./tools.js";
import { closedPath, unitAt } from "./units.js";

const edge = data.tolerance >= 0.1 ? 2 * data.tolerance : 0.1;
const limits = [-edge, -data.tolerance, data.tolerance, edge];
let fill = "grid";
let stage = null;
let editor = null;
let tools = null;
let card = null;
let panel = null;
let labels = null;
let keys = null;
let faults = null;
let split = null;
let target = null;
const closed = closedPath();

function colourOf(grid) {
  if (fill === "grid") return WASH[grid.colour];
  const value = data.deviation[grid.k];
  return DIVERGING[classOf(value - (value > 0 ? 1e-9 : -1e-9), limits)];
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, colourOf);
  paintGround(ctx, view, false);
  paintStates(ctx, view);
  paintNetwork(ctx, view);
  paintUnits(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, false);
  if (closed) paintClosed(ctx, view, closed);
}

function paintTop(ctx, view) {
  paintWork(ctx, view, editor);
  split.paint(ctx, view);
  keys.paint(ctx, view);
  tools.paint(ctx, view);
}

function changed(what) {
  stage.chosen = editor.target;
  split.end();
  if (what === "drawing") {
    freeze();
    panel.render();
    stage.sheet.repaint();
  } else panel.work();
  stage.top.repaint();
  card.render();
  target.render();
  if (what === "drawing") labels.refresh();
}

/** A draft that was handed in, here or by somebody else, is only looked at. */
function freeze() {
  tools.frozen = editor.readOnly;
  document.body.classList.toggle("read-only", editor.readOnly);
}

async function start() {
  keepLanguage();
  take(draft);
  const box = document.getElementById("panel");
  makeDrawer(box, "peek");
  editor = new Editor(changed, note);
  stage = new Stage({ paint, paintTop: (ctx, view) => keys && paintTop(ctx, view), tip, onClick: click });
  const rail = makeRail((mode) => tools.use(mode), (act) => work.start(act));
  tools = new Tools(stage, {
    onLasso: (list, how) => editor.choose(list, how),
    onBrush: (list) => editor.choose([...list]),
    onStroke: () => (editor.target ? editor.commit() : announce(t("choose_target"))),
    onCut: (line) => split.cut(line),
    onMode: (mode) => press(rail, mode),
  });
  split = new Split(editor, tools, stage);
  card = new ActionCard(stage, editor);
  card.onWay = (label, way) => split.begin(label, way);
  target = new TargetCard(stage, editor);
  const work = new Operations(stage, editor, card, split, (text) => target.hint(text));
  faults = new EditFaults(stage, box, (fault) => work.mend(fault));
  panel = new EditPanel(box, stage, editor, faults, { onSubmit: submit, finder: finder() });
  labels = new Labels(stage.map, {
    second: (grid) => ({ text: data.band ? people(grid.weight, data.measure) : percent(data.deviation[grid.k]), side: data.side[grid.k] }),
    first: (grid) => (grid === editor.target ? 2 : 0),
    light: (grid) => [DIVERGING[0], DIVERGING[4]].includes(colourOf(grid)),
    locked: (grid) => state.lockedGrids.has(grid.k),
    obstacles: () => faults.boxes(),
  });
  const help = helpDialog();
  keys = new Keys({ stage, editor, tools, panel, faults, split, help, aim: (grid) => editor.aim(grid) });
  stage.float(rail);
  stage.float(toast);
  person(help);
  const node = stage.map.getContainer();
  node.setAttribute("role", "application");
  node.setAttribute("aria-label", t("edit_map"));
  node.setAttribute("aria-roledescription", t("map"));
  legend();
  tools.use("pick");
  freeze();
  panel.render();
  target.render();
  labels.refresh();
  watch = new Watch(editor, (lost) => panel.setLine(lost ? { since: state.savedAt, again: () => watch.ask() } : null));
  await watch.start();
  document.body.dataset.ready = "1";
  if (data.base_from) await late();
}

/** Houses, walls, roads and faults of the ground of a large place come when the grids are there to be worked on. */
async function late() {
  try {
    const told = await ask(data.base_from, undefined, editor.name);
    bring(told.layers);
    data.seams = told.seams;
    panel.render();
  } catch (error) {
    // Grids are worked on without them; the line that is lost is told by the watch.
    if (!(error instanceof Refused)) throw error;
  }
  labels.takeRoads();
  labels.refresh();
  stage.repaint();
}

let watch = null;

/** A click: Alt chooses the target, else a unit; the first click of all chooses the target too. */
function click(event) {
  const original = event.originalEvent;
  if (original.target.closest(".float") || editor.readOnly || tools.echo(original)) return;
  const unit = unitAt(...stage.planeOf(event.latlng));
  if (!unit) return;
  const label = labelOf[unit.k];
  if (split.way === "seeds" && !original.altKey) {
    split.seed(unit.k);
    return;
  }
  const picks = tools.mode === "pick" && !original.altKey && editor.target;
  if (picks) {
    if (label === editor.target.k) announce(t("is_there", { grid: editor.target.name }));
    else editor.toggle(unit.k);
  } else if ((original.altKey || tools.mode === "pick") && label >= 0) {
    editor.aim(grids[label]);
    panel.reveal(grids[label]);
  } else if (tools.mode === "pick") editor.toggle(unit.k);
}

const toast = el("p", { class: "float toast", hidden: true, "aria-hidden": "true" });
let noted = 0;

/** What an undo took back, for five seconds; the live region says it too. */
function note(text) {
  clearTimeout(noted);
  put(toast, said(text));
  toast.hidden = false;
  noted = setTimeout(() => {
    toast.hidden = true;
  }, 5000);
}

const find = el("input", { id: "find", type: "search", placeholder: t("find_grid"), "aria-label": t("find_grid") });

function finder() {
  find.addEventListener("input", () => {
    const word = find.value.trim().toLowerCase();
    for (const [k, row] of panel.rows) row.hidden = Boolean(word) && !`${grids[k].name} ${grids[k].code}`.toLowerCase().includes(word);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const first = [...panel.rows].find(([, row]) => !row.hidden);
    if (first) panel.pick(grids[first[0]]);
  });
  return el("div", { class: "find" }, find);
}

/** Who works here, and the list of keys, at the end of the header. */
function person(help) {
  const name = el("input", { class: "person", type: "text", maxlength: 40, value: editor.name, "aria-label": t("your_name"), title: t("your_name") });
  name.addEventListener("change", () => {
    editor.name = setOwnName(name.value || editor.name);
    name.value = editor.name;
    watch.ask(false);
  });
  document.querySelector(".top").append(name, el("button", { type: "button", class: "help-button", "aria-label": t("keys"), title: t("keys"), onclick: help }, "?"));
}

async function submit() {
  if (faults.list.some((fault) => fault.must)) {
    announce(t("fix_first"));
    faults.all = true;
    faults.show(0);
    return;
  }
  try {
    const plan = await ask(`/v1/drafts/${data.draft.draft}/submit`, { revision: state.revision }, editor.name);
    window.location.assign(keep(`/maps/plans/${plan.id}`));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    editor.phase = { kind: "failed", body: { op: "submit" }, said: error.message, retry: false };
    card.render();
  }
}

function tip(grid) {
  const rows = [[t(`sum_${data.measure}`), count(grid.weight)], [t("deviation"), percent(data.deviation[grid.k])]];
  if (grid.residents !== null && data.measure !== "people") rows.unshift([t("sum_people"), count(grid.residents)]);
  if (state.lockedGrids.has(grid.k)) rows.push([t("locked"), "✓"]);
  return [el("b", {}, said(grid.name)), el("span", { class: "code" }, grid.code), el("dl", {}, rows.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value))))];
}

function legend() {
  const select = el(
    "select",
    {
      class: "fill-choice", "aria-label": t("fill"),
      onchange: (event) => {
        fill = event.target.value;
        stage.repaint();
        labels.refresh();
      },
    },
    el("option", { value: "grid" }, t("fill_grid")),
    el("option", { value: "deviation" }, t("fill_deviation")),
  );
  const parks = data.base.park.length ? [groundItem(swatch("", "dots"), t("legend_park"))] : [];
  const states = [item(swatch("#ffffff", "hatch-lock"), t("legend_locked")), item(swatch("#ffffff", "hatch-none"), t("legend_unassigned")), item(swatch("#d7e3ee", "hatch-chosen"), t("legend_chosen"))];
  const shut = closed ? [item(swatch("#ffffff", "line-closed"), t("legend_closed"))] : [];
  fillLegend(stage.map, [...lineItems(), ...shut, ...states, ...parks, el("span", { class: "legend-note" }, t("colours_mean_nothing"))], select);
}

start();
