// Steps of a case: sent with the revision that was seen, the next one fixed before, and what is refused told in place.

import { t } from "./data.js";
import { announce, el } from "./dom.js";
import { clock } from "./format.js";
import { departmentName, secondsOf } from "./board.js";
import { Refused, ask, ownName } from "./server.js";
import { working } from "./working.js";

export class Desk {
  /** hooks: card, board, outbox(), next(id), open(id, {note}), redraw(told, {note}), refresh(). */
  constructor(hooks) {
    Object.assign(this, hooks);
    this.mine = new Set();
    this.news = 0;
    this.busy = false;
    this.held = {};
  }

  async fetch(id) {
    try {
      return await working(ask(`/v1/issues/${id}/case`, undefined, ownName()));
    } catch (error) {
      announce(error.message);
      if (this.card.told) this.card.fail(error.message, () => this.open(id));
      else this.board.onFail(error);
      return null;
    }
  }

  /** Confirms the choice (or dispatches what is confirmed), and opens the next one. */
  async main(kind) {
    const { told, choice } = this.card;
    if (this.busy || !told) return;
    let body = {};
    if (kind === "confirm") {
      if (choice.point) body = choice.point;
      else body = choice.number ? { candidate: choice.number } : { grid: choice.code };
    }
    const fault = await this.send(kind, body);
    if (fault) this.card.fail(fault, this.retryable ? () => this.main(kind) : null);
  }

  /** Sends a step; answers with "" or with what went wrong in words. */
  async send(action, values) {
    const { told } = this.card;
    if (this.busy || !told) return "";
    const { id } = told.issue;
    const next = this.next(id);
    this.busy = true;
    this.retryable = false;
    const slow = setTimeout(() => this.card.told === told && this.card.foot.querySelector(".main") && this.card.drawFoot && this.say(), 150);
    try {
      const after = await this.perform(id, action, { ...values, revision: told.revision });
      clearTimeout(slow);
      this.busy = false;
      this.outbox().drop(id);
      this.settled(after, action, next);
      return "";
    } catch (error) {
      clearTimeout(slow);
      this.busy = false;
      return this.refused(error, told, { id, action, values, revision: told.revision, title: titleOf(told.issue) });
    }
  }

  async perform(id, action, body) {
    const after = await this.post(id, action, body);
    // To confirm or to decide otherwise is to dispatch: what a unit answers for now goes there at once.
    if (["confirm", "override"].includes(action) && after.state === "to_dispatch" && after.actions.includes("dispatch")) {
      return this.post(id, "dispatch", { revision: after.revision });
    }
    return after;
  }

  /** Sends a step that was kept while the line was lost; null, or {words, kept} where it did not get through. */
  async sendKept({ id, action, values, revision }) {
    try {
      const after = await this.perform(id, action, { ...values, revision });
      const words = this.wordsOf(after, action);
      const { card } = this;
      if (card.told && card.told.issue.id === id) this.redraw(after, { note: { words } });
      announce(words);
      await this.refresh();
      return null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 409 && error.body.fresh) await this.open(id);
      return { words: error.message, kept: error.status === 0 || error.status >= 500 };
    }
  }

  say() {
    const button = this.card.foot.querySelector(".main");
    button.disabled = true;
    button.textContent = t("sending");
  }

  async post(id, action, body) {
    const after = await ask(`/v1/issues/${id}/${action}`, body, ownName());
    this.mine.add(`${id}:${after.revision}`);
    return after;
  }

  async settled(after, action, next) {
    const { issue } = after;
    const words = this.wordsOf(after, action);
    if (after.queue && after.state === "to_confirm") {
      const open = t("still_open", { reason: after.reason_text });
      this.redraw(after, { note: { words: open } });
      announce(open);
      await this.refresh();
      return;
    }
    const button = el("button", { type: "button", class: "link", onclick: () => this.open(issue.id) }, t("look_at_it"));
    if (next === null || next === issue.id || ["extend", "sign", "resume", "answer", "suspend", "reopen"].includes(action)) {
      this.redraw(after, { note: { words } });
      announce(words);
      await this.refresh();
      return;
    }
    await this.open(next, { fromList: true, note: { words, button } });
    await this.refresh();
  }

  wordsOf(after, action) {
    const { issue } = after;
    const department = issue.route.department_name || departmentName(issue.route.department || "");
    if (["confirm", "override", "dispatch"].includes(action) && after.state === "dispatched") {
      return t("sent_to", { title: titleOf(issue), grid: issue.location.grid_name || "", department });
    }
    return t("done_state", { title: titleOf(issue), state: after.state_text });
  }

  /** A refusal in words; who came too late sees the fresh case in place. */
  refused(error, told, step) {
    if (!(error instanceof Refused)) return String(error);
    if (error.status === 409 && error.body.fresh) {
      this.redraw(error.body.fresh, { note: { words: t("moved_on", { reason: error.body.detail }), button: this.logButton(), loud: true } });
      this.refresh();
      return "";
    }
    this.retryable = error.status === 0 || error.status >= 500;
    if (this.card.told === told) this.card.drawFoot();
    if (error.status === 0) this.outbox().keep(step);
    return t("not_done", { reason: error.message });
  }

  logButton() {
    return el("button", { type: "button", class: "link", onclick: () => this.card.onTrace() }, t("see_log"));
  }

  /** A report of our own is no news to us. */
  added() {
    this.news += 1;
  }

  takeAdded(arrived) {
    const known = Math.min(this.news, arrived);
    this.news -= known;
    return known;
  }

  /** What others have done: a word under the row, a strip on the open card, which never changes by itself. */
  others(told, { list, mode }) {
    for (const step of told.steps) {
      if (this.mine.delete(`${step.issue}:${step.revision}`) || this.isMine(step)) continue;
      const words = t("somebody_did", { who: step.actor, time: clock(secondsOf(step.at)), what: step.action_text });
      list.say(step.issue, words);
      const { card } = this;
      if (card.told && card.told.issue.id === step.issue && step.revision > card.told.revision && mode !== "summary") {
        const button = el("button", { type: "button", class: "link", onclick: () => this.open(step.issue) }, t("look_at_it"));
        if (mode === "card") card.tell(words, button);
        announce(words);
      }
    }
    for (const id of Object.keys(this.held)) if (!(id in told.working)) list.say(Number(id), "");
    for (const [id, who] of Object.entries(told.working)) list.say(Number(id), t("has_it", { who }));
    this.held = told.working;
    this.tellHolder();
  }

  /** Who else has the open card. */
  tellHolder() {
    const { told } = this.card;
    const who = told && this.held[told.issue.id];
    if (told) this.card.tellWho(who ? t("has_it", { who }) : "");
  }

  isMine(step) {
    return this.card.told && this.card.told.issue.id === step.issue && step.revision <= this.card.told.revision;
  }
}

function titleOf(issue) {
  return issue.category_name || issue.category || `#${issue.id}`;
}
