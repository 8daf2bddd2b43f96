// What the planner is doing: a target, chosen units, a proposal; each step sent to the server, which has the last word.

import { data, grids, t } from "./data.js";
import { announce } from "./dom.js";
import { communityOf, deviationOf, hindrance, labelOf, state, take } from "./drawing.js";
import { units } from "./units.js";
import { people, percent } from "./format.js";
import { Refused, ask, ownName, stepId } from "./server.js";

const SHOWN_AFTER_MS = 150;
const FLASH_MS = 4000;

export class Editor {
  /** `onChange(what)` hears of everything: "drawing" where units or figures are others, else "work". `onNote(text)` shows for a while. */
  constructor(onChange, onNote) {
    this.onChange = onChange;
    this.onNote = onNote;
    this.name = ownName();
    this.target = null;
    this.chosen = new Set();
    this.skipped = { locked: 0, area: 0 };
    this.phase = { kind: "idle" };
    this.flashed = new Set();
    this.flashing = 0;
    this.path = `/v1/drafts/${data.draft.draft}/steps`;
  }

  get busy() {
    return this.phase.kind === "busy" || this.sending;
  }

  get readOnly() {
    return state.submitted !== null;
  }

  /** The grid that units go to. */
  aim(grid) {
    this.target = grid && !grid.gone ? grid : null;
    if (this.target) this.filter([...this.chosen]);
    this.rest();
    announce(this.target ? t("target_is", { grid: this.target.name, sum: people(this.target.weight, data.measure) }) : t("target_none"));
  }

  /** Chooses units: "new" replaces, "add" adds, "take" takes away; says what was left out. */
  choose(list, how = "add") {
    if (this.readOnly || this.busy) return;
    if (how === "take") for (const k of list) this.chosen.delete(k);
    else this.filter(how === "new" ? [...list] : [...this.chosen, ...list]);
    this.rest();
    this.tell();
  }

  toggle(k) {
    if (this.chosen.has(k)) this.choose([k], "take");
    else this.choose([k]);
  }

  filter(list) {
    this.chosen = new Set();
    this.skipped = { locked: 0, area: 0 };
    for (const k of new Set(list)) {
      const why = this.target ? hindrance(k, this.target) : state.lockedUnits.has(k) || state.lockedGrids.has(labelOf[k]) ? "locked" : "";
      if (!why) this.chosen.add(k);
      else if (why !== "here") this.skipped[why] += 1;
    }
  }

  clear() {
    this.chosen = new Set();
    this.skipped = { locked: 0, area: 0 };
    this.rest();
  }

  rest() {
    this.phase = { kind: this.chosen.size || this.skipped.locked || this.skipped.area ? "chosen" : "idle" };
    this.onChange("work");
  }

  /** Esc: one thing after another. */
  escape() {
    if (this.busy) return;
    if (this.phase.kind !== "idle") {
      this.clear();
      announce(t("dropped"));
    } else if (this.target) this.aim(null);
  }

  /** Weight that the chosen units hold, and what each grid touched weighs before and after. */
  preview() {
    const sum = (list, key) => list.reduce((total, k) => total + (units[k][key] || 0), 0);
    const list = [...this.chosen];
    const weight = sum(list, "weight");
    const rows = [];
    if (this.target) rows.push({ grid: this.target, before: this.target.weight, after: this.target.weight + weight });
    const donors = new Map();
    for (const k of list) if (labelOf[k] >= 0) donors.set(labelOf[k], (donors.get(labelOf[k]) || 0) + units[k].weight);
    const order = [...donors].sort((a, b) => b[1] - a[1]);
    for (const [label, gone] of order) rows.push({ grid: grids[label], before: grids[label].weight, after: grids[label].weight - gone });
    return { count: list.length, weight, households: sum(list, "households"), residents: sum(list, "residents"), rows };
  }

  tell() {
    const { count: n, weight, rows } = this.preview();
    const parts = [t("chosen_n", { n, sum: people(weight, data.measure) })];
    if (this.target && n) parts.push(t("after_move", { list: rows.slice(0, 3).map((row) => `${row.grid.name} ${judged(row.after)}`).join(t("comma")) }));
    parts.push(...this.left());
    announce(parts.join(t("stop")));
  }

  /** What was left out and why. */
  left() {
    const said = [];
    if (this.skipped.locked) said.push(t("left_locked", { n: this.skipped.locked }));
    if (this.skipped.area) said.push(t("left_area", { n: this.skipped.area, area: communityOf(this.target.parent) }));
    return said;
  }

  /** Enter: what is proposed is taken. */
  commit() {
    if (this.busy || this.readOnly) return;
    if (this.phase.kind === "proposal" && this.phase.told && this.phase.told.count) this.send(this.phase.action);
    else if (this.phase.kind === "conflict") this.again();
    else if (this.phase.kind === "failed" && this.phase.retry) this.post(this.phase.body);
    else if (this.phase.kind === "chosen" && this.target && this.chosen.size) this.move();
  }

  move(contiguity) {
    const more = contiguity ? { contiguity } : {};
    this.send({ op: "move", units: [...this.chosen], grid: this.target.k, ...more });
  }

  send(action) {
    if (!this.busy) this.post({ ...action, revision: state.revision, client: stepId() });
  }

  /** Asks what an action would do, and shows it. */
  async propose(action, control = null) {
    if (this.busy || this.readOnly) return;
    const asked = (this.asked = {});
    this.phase = { kind: "proposal", action, control, told: null };
    this.onChange("work");
    try {
      const told = await ask(this.path, { ...action, revision: state.revision, client: stepId(), preview: true }, this.name);
      if (this.asked !== asked || this.phase.kind !== "proposal") return;
      this.phase = { kind: "proposal", action, control, told };
      announce(told.count ? t("proposed", { n: told.count, sum: people(told.weight, data.measure) }) : t("proposed_nothing"));
    } catch (error) {
      if (this.asked !== asked || this.phase.kind !== "proposal") return;
      if (error instanceof Refused && error.body.draft) this.stale(error, { ...action });
      else this.phase = { kind: "proposal", action, control, told: null, refused: error.message };
    }
    this.onChange("work");
  }

  /** What is new since this page was made, and what this person can take back: the page itself knows nobody. */
  async refresh() {
    if (this.busy || this.phase.kind !== "idle") return;
    try {
      const news = await ask(`/v1/drafts/${data.draft.draft}?since=${state.revision}`, undefined, this.name);
      if (this.busy || news.since !== state.revision) return;
      const { moved } = take(news);
      const others = news.steps.filter((step) => step.by !== this.name);
      if (others.length) {
        this.flash(moved);
        announce(t("others_changed", { who: others[others.length - 1].by, what: others[others.length - 1].text }));
      }
      this.onChange("drawing");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  async post(body) {
    this.sending = true;
    const kept = this.phase;
    const timer = setTimeout(() => {
      this.phase = { ...kept, kind: "busy", body };
      this.onChange("work");
    }, SHOWN_AFTER_MS);
    try {
      const news = await ask(this.path, body, this.name);
      clearTimeout(timer);
      this.sending = false;
      this.done(body, news);
    } catch (error) {
      clearTimeout(timer);
      this.sending = false;
      if (!(error instanceof Refused)) throw error;
      if (error.body.draft) this.stale(error, body);
      else this.phase = { kind: "failed", body, said: error.message, retry: error.status === 0 || error.status >= 500, code: error.body.code };
      this.onChange("work");
    }
  }

  done(body, news) {
    const { moved } = take(news);
    if (!["lock", "unlock", "checkpoint"].includes(body.op)) this.clear();
    else this.rest();
    if (this.target && this.target.gone) this.target = null;
    if (["undo", "redo", "restore"].includes(body.op)) this.flash(moved);
    this.onChange("drawing");
    const said = this.summary(body, moved.length);
    announce(said);
    if (["undo", "redo", "restore"].includes(body.op)) this.onNote(said);
  }

  summary(body, n) {
    const left = t("faults_left", { n: state.faults.length });
    if (body.op === "move") return [t("moved_to", { n, grid: grids[body.grid].name }), left].join(t("stop"));
    if (body.op === "lock" || body.op === "unlock") {
      const grid = body.grids && body.grids.length === 1 ? grids[body.grids[0]].name : t("n_grids", { n: (body.grids || []).length });
      return t(body.op === "lock" ? "grid_locked" : "grid_unlocked", { grid });
    }
    if (body.op === "undo") return t("undone", { what: this.what });
    if (body.op === "redo") return t("redone", { what: this.what });
    if (body.op === "checkpoint") return t("checkpoint_set", { name: body.name });
    return [t("done_n", { n }), left].join(t("stop"));
  }

  /** Somebody was faster: the fresh drawing is shown, what I chose stays. */
  stale(error, body) {
    const before = new Set(this.chosen);
    const { moved } = take(error.body.draft);
    const mine = new Set(body.units || before);
    const touched = moved.filter((k) => mine.has(k)).length;
    if (this.target && this.target.gone) this.target = null;
    this.filter([...before]);
    this.phase = { kind: "conflict", body, said: error.message, steps: error.body.draft.steps, touched, lost: before.size - this.chosen.size };
    this.flash(moved);
    this.onChange("drawing");
  }

  /** My step once more, on the drawing as it is now. */
  again() {
    const { body } = this.phase;
    const { revision, client, ...action } = body;
    if (action.op === "move") {
      if (!this.chosen.size) {
        this.clear();
        return;
      }
      action.units = [...this.chosen];
    }
    this.phase = { kind: this.chosen.size ? "chosen" : "idle" };
    this.send(action);
  }

  /** Outlines units for some seconds. */
  flash(list) {
    clearTimeout(this.flashing);
    this.flashed = new Set(list);
    this.flashing = setTimeout(() => {
      this.flashed = new Set();
      this.onChange("work");
    }, FLASH_MS);
  }

  undo() {
    if (state.undo && !this.readOnly) this.back("undo", state.undo);
  }

  redo() {
    if (state.redo && !this.readOnly) this.back("redo", state.redo);
  }

  back(op, what) {
    if (this.busy) return;
    this.what = what;
    this.clear();
    this.post({ op, revision: state.revision, client: stepId() });
  }

  lock(grid) {
    const shut = state.lockedGrids.has(grid.k);
    this.send({ op: shut ? "unlock" : "lock", grids: [grid.k] });
  }

  lockAll() {
    const live = grids.filter((grid) => !grid.gone).map((grid) => grid.k);
    const open = live.filter((k) => !state.lockedGrids.has(k));
    this.send(open.length ? { op: "lock", grids: open } : { op: "unlock", grids: live });
  }

  /** A sentence about the target: what it holds, and how much room there is. */
  room() {
    const room = state.band[1] - this.target.weight;
    const sum = people(this.target.weight, data.measure);
    return room >= 0 ? t("room_for", { sum, n: people(room, data.measure) }) : t("room_over", { sum, n: people(-room, data.measure) });
  }
}


/** A weight as the plan judges it: by itself where a band is required, else by its deviation. */
function judged(weight) {
  return data.band ? people(weight, data.measure) : percent(deviationOf(weight));
}
