// The page of a draft: the plan's map with tools, every step answered by the server before it counts.

import { data, grids, t } from "./data.js";
import { draft } from "./packed.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintUnits, paintVeil } from "./borders.js";
import { ActionCard } from "./actioncard.js";
import { DIVERGING, PAPER, WASH, classOf } from "./colours.js";
import { announce, el, put, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { gridsAround, labelOf, state, take } from "./drawing.js";
import { unitAt } from "./units.js";
import { EditFaults } from "./editfaults.js";
import { Keys, helpDialog } from "./editkeys.js";
import { paintStates, paintWork } from "./editpaint.js";
import { EditPanel } from "./editpanel.js";
import { Editor } from "./editor.js";
import { count, decimal, people, percent } from "./format.js";
import { toolIcon } from "./icons.js";
import { Labels } from "./labels.js";
import { keep } from "./links.js";
import { fillLegend, item, lineItems, swatch } from "./legend.js";
import { Refused, ask, setOwnName } from "./server.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { MODES, Tools } from "./tools.js";

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
}

function paintTop(ctx, view) {
  paintWork(ctx, view, editor);
  keys.paint(ctx, view);
  tools.paint(ctx, view);
}

function changed(what) {
  stage.chosen = editor.target;
  if (what === "drawing") {
    panel.render();
    stage.sheet.repaint();
  } else panel.work();
  stage.top.repaint();
  card.render();
  aimCard();
  if (what === "drawing") labels.refresh();
}

async function start() {
  keepLanguage();
  take(draft);
  const box = document.getElementById("panel");
  makeDrawer(box, "peek");
  editor = new Editor(changed, note);
  stage = new Stage({ paint, paintTop: (ctx, view) => keys && paintTop(ctx, view), tip, onClick: click });
  tools = new Tools(stage, {
    onLasso: (list, how) => editor.choose(list, how),
    onBrush: (list) => editor.choose([...list]),
    onStroke: () => (editor.target ? editor.commit() : announce(t("choose_target"))),
    onMode: press,
  });
  card = new ActionCard(stage, editor);
  faults = new EditFaults(stage, box, mend);
  panel = new EditPanel(box, stage, editor, faults, { onSubmit: submit, finder: finder() });
  labels = new Labels(stage.map, {
    second: (grid) => ({ text: data.band ? people(grid.weight, data.measure) : percent(data.deviation[grid.k]), side: data.side[grid.k] }),
    first: (grid) => (grid === editor.target ? 2 : 0),
    light: (grid) => [DIVERGING[0], DIVERGING[4]].includes(colourOf(grid)),
    locked: (grid) => state.lockedGrids.has(grid.k),
    obstacles: () => faults.boxes(),
  });
  const help = helpDialog();
  keys = new Keys({ stage, editor, tools, panel, faults, help, aim: (grid) => editor.aim(grid) });
  stage.float(rail);
  stage.float(target);
  stage.float(toast);
  person(help);
  const node = stage.map.getContainer();
  node.setAttribute("role", "application");
  node.setAttribute("aria-label", t("edit_map"));
  node.setAttribute("aria-roledescription", t("map"));
  legend();
  tools.use("pick");
  tools.frozen = editor.readOnly;
  document.body.classList.toggle("read-only", editor.readOnly);
  panel.render();
  aimCard();
  labels.refresh();
  await editor.refresh();
  window.addEventListener("focus", () => editor.refresh());
  document.body.dataset.ready = "1";
}

/** A click: Alt chooses the target, else a unit; the first click of all chooses the target too. */
function click(event) {
  const original = event.originalEvent;
  if (original.target.closest(".float") || editor.readOnly || tools.echo(original)) return;
  const unit = unitAt(...stage.planeOf(event.latlng));
  if (!unit) return;
  const label = labelOf[unit.k];
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

const rail = el("div", { class: "float rail", role: "toolbar", "aria-label": t("tools"), "aria-orientation": "vertical" });
const ACTS = ["split", "merge", "insert", "repair", "balance"];
rail.append(
  ...MODES.map((mode) => el("button", { type: "button", class: "tool", "data-mode": mode, "aria-pressed": "false", onclick: () => tools.use(mode) }, toolIcon(mode), el("span", {}, t(`tool_${mode}`)))),
  el("span", { class: "rail-rule", "aria-hidden": "true" }),
  ...ACTS.map((act) => el("button", { type: "button", class: "tool", "data-act": act, onclick: () => operate(act) }, toolIcon(act), el("span", {}, t(`tool_${act}`)))),
);

function press(mode) {
  for (const node of rail.querySelectorAll("[data-mode]")) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
}

/** Operations on the target, shown before they are done. */
function operate(act) {
  stage.map.getContainer().focus({ preventScroll: true });
  const { target: grid } = editor;
  if (act === "repair") {
    editor.propose({ op: "repair" });
    return;
  }
  if (act === "insert" && editor.chosen.size) {
    editor.propose({ op: "insert", units: [...editor.chosen] });
    return;
  }
  if (!grid || act === "insert") {
    announce(t(act === "insert" ? "choose_units" : "choose_target"));
    flashHint(t(act === "insert" ? "choose_units" : "choose_target"));
    return;
  }
  if (act === "split") editor.propose({ op: "split", grid: grid.k });
  if (act === "balance") editor.propose({ op: "rebalance", grid: grid.k, rings: card.rings }, "rings");
  if (act === "merge") {
    const [other] = gridsAround(grid.k);
    if (other === undefined) flashHint(t("no_neighbour_grid"));
    else editor.propose({ op: "merge", grids: [grid.k, other], grid: grid.k }, "merge");
  }
}

function mend(fault) {
  // What is proposed is taken with Enter, which must not press the same button again.
  stage.map.getContainer().focus({ preventScroll: true });
  if (fault.kind === "edit_units_without_grid") editor.propose({ op: "repair", grids: [-1] });
  else if (fault.kind === "grid_in_pieces") editor.propose({ op: "repair", grids: [fault.label] });
  else {
    editor.aim(grids[fault.label]);
    editor.propose({ op: "rebalance", grid: fault.label, rings: card.rings }, "rings");
  }
}

const target = el("section", { class: "float aim", "aria-label": t("target") });
let hinted = 0;

function flashHint(text) {
  clearTimeout(hinted);
  put(target, el("p", { class: "aim-hint strong" }, text));
  hinted = setTimeout(aimCard, 4000);
}

/** The grid that units go to, what it holds, and how much room there is. */
function aimCard() {
  const grid = editor.target;
  if (editor.readOnly) {
    put(target, el("p", { class: "aim-hint" }, t("draft_closed")));
    return;
  }
  if (!grid) {
    put(target, el("p", { class: "aim-hint" }, t("aim_hint")));
    return;
  }
  const facts = [];
  if (grid.residents !== null && data.measure !== "people") facts.push(t("n_people", { n: count(grid.residents) }));
  if (grid.households !== null && data.measure !== "households") facts.push(t("n_households", { n: count(grid.households) }));
  facts.push(t("n_units", { n: grid.units }), `${t("compactness")} ${decimal(grid.compactness, 2)}`);
  put(
    target,
    el("span", { class: "card-swatch", style: { background: WASH[grid.colour] } }),
    el("div", {}, el("h2", {}, t("move_to", { grid: "" }), said(grid.name)), el("p", { class: "quiet" }, editor.room()), el("p", { class: "quiet" }, facts.join(" · "))),
    el("button", { type: "button", class: "close", "aria-label": t("target_clear"), onclick: () => editor.aim(null) }, "×"),
  );
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
    editor.refresh();
  });
  document.querySelector(".top").append(name, el("button", { type: "button", class: "help-button", "aria-label": t("keys"), title: t("keys"), onclick: help }, "?"));
}

async function submit() {
  if (faults.list.some((fault) => fault.must)) {
    announce(t("fix_first"));
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
  const parks = data.base.park.length ? [item(swatch("", "dots"), t("legend_park"))] : [];
  const states = [item(swatch("#ffffff", "hatch-lock"), t("legend_locked")), item(swatch("#ffffff", "hatch-none"), t("legend_unassigned")), item(swatch("#d7e3ee", "hatch-chosen"), t("legend_chosen"))];
  fillLegend(stage.map, [...lineItems(), ...states, ...parks, el("span", { class: "legend-note" }, t("colours_mean_nothing"))], select);
}

start();
