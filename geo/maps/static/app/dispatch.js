// The page that a dispatcher works a shift on: list, map and card answer each other, and new issues arrive by themselves.

import { t, unplane } from "./data.js";
import { Board, pinOf, planeAt, tick } from "./board.js";
import { summary } from "./boardsummary.js";
import { CaseCard } from "./casecard.js";
import { CaseForms, openMenu } from "./caseforms.js";
import { errorOf, findGrid, placeOf } from "./caseparts.js";
import { Desk } from "./desk.js";
import { Focus, showLegend, tipOf } from "./dispatchmap.js";
import { finder, help, showTrace, wireKeys } from "./dispatchhelp.js";
import { announce, el, isPhone, put } from "./dom.js";
import { makeDrawer, raise } from "./drawer.js";
import { count } from "./format.js";
import { Labels } from "./labels.js";
import { Live } from "./live.js";
import { Moves, clickOn } from "./mapmoves.js";
import { NewIssue } from "./newissue.js";
import { followLink, writeLink } from "./linked.js";
import { Outbox } from "./outbox.js";
import { Pins } from "./pins.js";
import { keepLanguage } from "./shell.js";
import { Stage } from "./stage.js";
import { WorkList } from "./worklist.js";

const panel = document.getElementById("panel");
const root = document.getElementById("queue");
const body = el("div", { class: "panel-body" });
const foot = el("div", { class: "card-foot", hidden: true });
const focus = new Focus();
const refresh = (options) => board.refresh(options);
let fresh = 0;
let aiming = false;
let mode = "summary"; // or "card", "form", "new", "help": what the right side shows

keepLanguage();
makeDrawer(root, "half");
panel.append(body, foot);
makeDrawer(panel, "half");
const stage = new Stage({
  paint: (ctx, view) => focus.paint(ctx, view),
  paintTop: (ctx, view) => focus.paintTop(ctx, view),
  tip: (grid) => [el("b", {}, tipOf(grid, focus))],
  outlineChosen: false,
  onClick: (event) => clickOn(event, { stage, mode, aiming, report, forms, card }),
});
const { map } = stage;
const board = new Board(map, { onAnswer: answered, onFail: (error) => failed(error) });
const card = new CaseCard(body, foot, {
  onClose: close,
  onChoose: (choice) => {
    focus.choices = card.choices.filter((one) => one.code);
    outline(choice && choice.code);
  },
  onMain: main,
  onOverride: override,
  onMore: (button) => openMenu(button, card.told.actions, (action) => {
    mode = "form";
    forms.step(action, card.told);
  }),
  onTrace: () => showTrace(card.told.issue.id),
});
const forms = new CaseForms(body, foot, { send: (action, values) => desk.send(action, values), onBack: back, onGrid: outline });
const report = new NewIssue(body, foot, { onPlace: placed, onAim: aim, onSent: sent, onBack: leaveNew });
const desk = new Desk({ card, board, outbox: () => outbox, next: nextOf, open: (id, options) => open(id, options), redraw: show, refresh });
const list = new WorkList(root, board, {
  buttons: el(
    "span",
    { class: "head-buttons" },
    el("button", { type: "button", class: "plain small", onclick: () => find(), "aria-keyshortcuts": "/" }, t("find")),
    el("button", { type: "button", class: "plain small", onclick: () => startNew() }, t("new_short")),
    el("button", { type: "button", class: "plain small", "aria-label": t("help"), onclick: showHelp }, "?"),
  ),
  onOpen: (id) => open(id, { fromList: true }),
  onHover: (row) => hover(row && row.lon !== null ? planeAt(row.lon, row.lat) : null),
  onWish: ({ moved = false } = {}) => refresh({ moved }),
  onNew: takeNew,
  onMore: async () => {
    const rows = await board.more();
    if (rows) list.append(rows);
  },
});
const outbox = new Outbox(list.kept, { send: (step) => desk.sendKept(step), open: (id) => open(id, { fromList: true }) });
const find = finder(root.querySelector(".queue-head"), { onNumber: (id) => open(id, { fromList: true }), onPlace: (lon, lat) => stage.centre(planeAt(lon, lat), 17) });
const pins = new Pins(stage, {
  onOpen: (member) => open(member.id),
  onCluster: (members) => {
    board.only = members.map(pinOf.id);
    board.hotspot = null;
    refresh();
  },
  onHover: (member) => {
    list.hover(member && member.id);
    hover(member && member.point);
  },
  of: pinOf,
});
const labels = new Labels(map, { obstacles: () => pins.boxes(), second: (grid) => focus.second(grid), first: (grid) => focus.rank(grid) });
const live = new Live(list.line, { opened: () => (mode === "summary" || !card.told ? 0 : card.told.issue.id), onChanges: changed, onBack: () => refresh() });

const moves = new Moves(stage, (byPerson) => refresh({ moved: byPerson && board.follow }));
showLegend(map);
wireKeys([root, panel, map.getContainer()], { step, close: escape, main, override: () => ready() && card.told.actions.includes("override") && override(), find: () => find(), help: () => showHelp(), isCard: () => ready() });
setInterval(() => {
  tick();
  list.tick();
  if (mode === "card") card.tick();
}, 15000);
followLink({ board, moves, refresh, open: (id) => open(id, { fromList: true }) });

function linked() {
  writeLink(board, mode === "card" && card.told ? card.told.issue.id : null);
}

function answered(answer) {
  list.show(answer);
  live.told(null);
  linked();
  pins.show(board.items);
  labels.refresh();
  if (mode === "summary") showSummary();
  live.start(answer.stamp);
  document.body.dataset.ready = "1";
}

function failed(error) {
  document.body.dataset.ready = "1";
  if (!error.status) live.fail();
  else if (board.answer) live.told(board.answer.now);
  list.fail(error, () => refresh());
}

function showSummary() {
  mode = "summary";
  foot.hidden = true;
  panel.classList.remove("open");
  root.hidden = false;
  if (board.answer) put(body, ...summary(board.answer, (code) => list.filters.areaNames.get(code) || code, (change) => {
    list.filters.want(change);
  }));
}

const surface = () => raise(panel, { instead: root, body });

/** Opens a case: what was there stays until the answer is here. */
async function open(id, { fromList = false, note = null } = {}) {
  if (report.open) report.stop();
  list.choose(id);
  desk.opening = id;
  const told = await desk.fetch(id);
  if (!told || desk.opening !== id) return;
  show(told, { note });
  const box = focus.box();
  if (box && (fromList || isPhone() || !map.getBounds().contains(unplane(...(focus.point || box.slice(0, 2)))))) moves.look(box);
  body.querySelector("h1").focus({ preventScroll: true });
  const opened = t("opened", { title: body.querySelector("h1").textContent, state: told.state_text });
  announce(note ? `${note.words} ${opened}` : opened);
}

/** Draws a case that the server has told. */
function show(told, { note = null } = {}) {
  mode = "card";
  desk.opening = told.issue.id;
  const at = board.rows.findIndex((row) => row.id === told.issue.id);
  card.show(told, at < 0 ? "" : t("k_of_n", { k: at + 1, n: count(board.answer.total) }));
  if (note) card.tell(note.words, note.button, note.loud);
  desk.tellHolder();
  surface();
  focus.choices = card.choices.filter((choice) => choice.code);
  Object.assign(focus, { point: placeOf(told), error: errorOf(told), bare: false });
  outline(card.choice ? card.choice.code : told.issue.location.status === "located" ? told.issue.location.grid : null);
  pins.choose(told.issue.id);
  linked();
}

function outline(code) {
  focus.chosen = code;
  stage.repaint();
  labels.refresh();
}

function close() {
  const before = card.told ? card.told.issue.id : null;
  focus.clear();
  card.told = null;
  pins.choose(null);
  list.choose(null);
  stage.repaint();
  showSummary();
  labels.refresh();
  list.focusRow(before);
  linked();
}

function back() {
  if (!card.told) return close();
  show(card.told);
  return body.querySelector("h1").focus({ preventScroll: true });
}

function escape() {
  if (mode === "form" || mode === "help") back();
  else if (mode === "new") leaveNew();
  else if (mode === "card") close();
}

/** Whether the card shows what was opened last: a key must never decide the one before. */
const ready = () => mode === "card" && desk.opening === card.told.issue.id;

function main() {
  const action = card.mainAction();
  if (!action || action.off) return;
  if (action.kind === "override") override();
  else desk.main(action.kind);
}

function override() {
  mode = "form";
  forms.override(card.told, card.choice);
}

/** The one that opens after this one: fixed before anything is sent. */
function nextOf(id) {
  const after = list.beside(id, 1);
  return after === null ? list.beside(id, -1) : after;
}

function step(by) {
  if (mode !== "card" && mode !== "summary") return;
  const held = document.activeElement.closest("li.issue");
  const id = list.beside(card.told ? desk.opening : held ? Number(held.dataset.issue) : null, by);
  if (id === null) return;
  if (card.told) open(id, { fromList: true });
  else list.focusRow(id);
}

function hover(point) {
  focus.hovered = point;
  stage.top.repaint();
}

function startNew() {
  mode = "new";
  focus.clear();
  card.told = null;
  list.choose(null);
  pins.choose(null);
  surface();
  report.start();
}

function leaveNew() {
  report.stop();
  close();
  list.root.querySelector(".head-buttons button:nth-child(2)").focus();
}

function aim(on) {
  aiming = on;
  map.getContainer().classList.toggle("aiming", on);
}

function placed(point, code, byWords = false) {
  focus.clear();
  Object.assign(focus, { point, bare: true });
  outline(findGrid(code) ? code : null);
  if (point && ((byWords && map.getZoom() < 15.5) || !map.getBounds().contains(unplane(...point)))) moves.centre(point, 16.5);
}

/** The report is in: it stands in the list at once, and its card says where it went. */
async function sent(issue) {
  report.stop();
  board.upto = Math.max(board.upto || 0, issue.id);
  desk.added(issue.id);
  await refresh();
  await open(issue.id, { note: { words: t("new_sent", { id: issue.id }) } });
}

function showHelp() {
  if (report.open) report.stop();
  mode = "help";
  surface();
  foot.hidden = true;
  help(body, back);
}

/** What has happened: new ones wait behind the banner, the open card is told of, rows say who has them. */
function changed(told) {
  fresh += told.arrived - desk.takeAdded(told.arrived);
  list.news(fresh, told.arrived > 0);
  desk.others(told, { list, mode });
}

function takeNew() {
  fresh = 0;
  list.news(0);
  board.upto = null;
  refresh();
  list.list.focus();
}
