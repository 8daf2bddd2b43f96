// What the planner is doing: a target, chosen units, a proposal; each step sent to the server, which has the last word.

import { data, grids, t } from "./data.js";
import { announce } from "./dom.js";
import { hindrance, isLocked, labelOf, state, take } from "./drawing.js";
import { judged, leftOut, summary } from "./editwords.js";
import { people } from "./format.js";
import { Refused, ask, ownName, stepId } from "./server.js";
import { units } from "./units.js";

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
    this.skipped = nothing();
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
    this.skipped = nothing();
    for (const k of new Set(list)) {
      const why = this.target ? hindrance(k, this.target) : isLocked(k) ? "locked" : "";
      if (!why) this.chosen.add(k);
      else if (why !== "here") this.skipped[why].push(k);
    }
  }

  clear() {
    this.chosen = new Set();
    this.skipped = nothing();
    this.rest();
  }

  rest() {
    this.phase = { kind: this.chosen.size || this.skipped.locked.length || this.skipped.area.length ? "chosen" : "idle" };
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
    return leftOut(this.skipped, this.target);
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
  async propose(action, control = null, how = null) {
    if (this.busy || this.readOnly) return;
    const asked = (this.asked = {});
    this.phase = { kind: "proposal", action, control, how, told: null };
    this.onChange("work");
    try {
      const told = await ask(this.path, { ...action, revision: state.revision, client: stepId(), preview: true }, this.name);
      if (this.asked !== asked || this.phase.kind !== "proposal") return;
      this.phase = { kind: "proposal", action, control, how, told };
      announce(told.count ? t("proposed", { n: told.count, sum: people(told.weight, data.measure) }) : t("proposed_nothing"));
    } catch (error) {
      if (this.asked !== asked || this.phase.kind !== "proposal") return;
      if (!(error instanceof Refused)) throw error;
      if (error.body.draft) {
        // Nothing was to be kept: the same question is asked of the fresh drawing.
        this.others(error.body.draft);
        this.propose(action, control, how);
        return;
      }
      this.phase = { kind: "proposal", action, control, how, told: null, refused: error.message };
    }
    this.onChange("work");
  }

  /** A proposal that still waits for the hand; `missed` says why the last try was none. */
  expect(action, control, how, missed = "") {
    this.asked = {};
    this.phase = { kind: "proposal", action, control, how, told: null, waits: true, missed };
    this.onChange("work");
  }

  /** What others have done since: the drawing is theirs too, the choice stays mine. */
  others(news) {
    if (this.busy || news.since !== state.revision) return;
    const steps = news.steps || [];
    const before = [...this.chosen];
    const { moved } = take(news);
    if (this.target && this.target.gone) this.target = null;
    if (steps.length) {
      this.filter(before);
      this.flash(moved);
      this.resume();
      const last = steps[steps.length - 1];
      const lost = before.length - this.chosen.size;
      announce([t("others_changed", { who: last.by, what: last.text }), lost ? t("conflict_lost", { n: lost }) : ""].filter(Boolean).join(t("stop")));
    }
    this.onChange("drawing");
  }

  /** After the drawing has changed under a choice or a proposal; what failed or came too late stays to be read. */
  resume() {
    const { phase } = this;
    if (phase.kind === "proposal" && phase.told) this.propose(phase.action, phase.control, phase.how);
    else if (phase.kind === "idle" || phase.kind === "chosen") this.rest();
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
    else {
      // What was locked stays in sight as left out, with the way to unlock it.
      this.filter([...this.chosen, ...this.skipped.locked]);
      this.rest();
    }
    if (this.target && this.target.gone) this.target = null;
    if (["undo", "redo", "restore"].includes(body.op)) this.flash(moved);
    this.onChange("drawing");
    const said = summary(body, moved.length, this.what);
    announce(said);
    if (["undo", "redo", "restore"].includes(body.op)) this.onNote(said);
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
}

function nothing() {
  return { locked: [], area: [] };
}
