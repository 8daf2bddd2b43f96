// The card of the case that a dispatcher has open: what was said, by when, whose it is or may be, why, and what to do.

import { t } from "./data.js";
import { el, put, said } from "./dom.js";
import { count, isoMoment, metres, moment, share, timeLeft } from "./format.js";
import { statusIcon } from "./icons.js";
import { departmentName, secondsOf, urgencyOf } from "./board.js";
import { SURE, choicesOf, reasonOf, stepsOf } from "./caseparts.js";

const SHOWN = 4;
const MOST = 8;
const TONE = { overdue: "chip-danger", to_confirm: "chip-warn", to_dispatch: "chip-draft", in_progress: "chip-draft" };

export class CaseCard {
  /** `hooks`: onClose(), onChoose(choice), onMain(), onOverride(), onMore(button), onTrace(). */
  constructor(body, foot, hooks) {
    Object.assign(this, { body, foot, ...hooks });
    this.told = null;
    this.choice = null;
  }

  /** Draws a case; the choice that was made stays where it can. */
  show(told, place) {
    const same = this.told && this.told.issue.id === told.issue.id;
    const before = same && this.choice ? this.choice.code : null;
    if (!same) this.extra = null;
    this.told = told;
    this.place = place;
    this.choices = this.open() ? [...(this.extra ? [this.extra] : []), ...choicesOf(told)] : [];
    const real = this.choices.filter((choice) => choice.code);
    const best = real.length && (real[0].share || 0) >= SURE ? real[0] : null;
    this.choice = this.extra || real.find((choice) => choice.code === before) || best;
    this.strip = el("div", { class: "strip-note", hidden: true });
    this.who = el("p", { class: "who", hidden: true });
    this.trouble = el("p", { class: "trouble", role: "alert", hidden: true });
    put(
      this.body,
      this.head(place),
      this.strip,
      this.who,
      this.words(),
      this.due(),
      this.choices.length ? this.radios() : this.owner(),
      this.department(),
      this.why(),
    );
    this.drawFoot();
  }

  /** Whether a person has to say where it lies. */
  open() {
    const { queue, actions } = this.told;
    return Boolean(queue) && queue !== "unrouted" && actions.includes("confirm");
  }

  /** A place that was clicked on the map stands before the candidates. */
  addPoint(choice) {
    this.extra = choice;
    this.show(this.told, this.place);
    this.onChoose(choice);
  }

  head(place) {
    const { issue, overdue } = this.told;
    const sign = overdue ? "overdue" : issue.status, plain = this.told.state === issue.status;
    const state = plain ? t(`status_${issue.status}`) : this.told.state_text;
    return el(
      "div",
      { class: "card-head" },
      el("button", { type: "button", class: "link back", onclick: this.onClose }, t("back_to_list")),
      el("span", { class: `chip ${TONE[sign] || ""}` }, statusIcon(sign, 16), t(`status_${sign}`)),
      overdue || !plain ? el("span", { class: `chip ${TONE[issue.status] || ""}` }, state) : null,
      this.told.read_only ? el("span", { class: "chip", title: t("read_only_why") }, t("read_only")) : null,
      el("span", { class: "code" }, said(issue.source_id || `#${issue.id}`)),
      place ? el("span", { class: "code place-in" }, place) : null,
      el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: this.onClose }, "×"),
    );
  }

  words() {
    const { issue } = this.told;
    const reported = secondsOf(issue.reported_at);
    return el(
      "div",
      { class: "card-text" },
      el("h1", { tabindex: "-1" }, said(issue.category_name || issue.category || t("category_none"))),
      el("p", {}, said(issue.text)),
      el(
        "p",
        { class: "note" },
        said(issue.source),
        " · ",
        el("time", { datetime: isoMoment(reported), title: isoMoment(reported) }, moment(reported)),
        issue.address ? [" · ", said(issue.address)] : null,
      ),
    );
  }

  due() {
    const { issue, act_by: actBy } = this.told;
    if (issue.closed_at) return el("p", { class: "due done" }, t("closed_at", { time: moment(secondsOf(issue.closed_at)) }));
    const act = secondsOf(actBy);
    const word = issue.due_at ? "due_before" : "decide_before";
    return el(
      "p",
      { class: `due ${urgencyOf(issue.status, act)}` },
      el("span", {}, el("b", { title: isoMoment(act) }, t(word, { time: moment(act) })), this.told.extensions ? ` · ${t("extended_n", { n: this.told.extensions })}` : ""),
      el("span", { "data-due": act }, timeLeft(act)),
    );
  }

  radios() {
    const list = el("div", { class: "choices", role: "radiogroup", "aria-label": t("owner_grid") });
    // All that make up the whole stand there at once.
    const likely = this.choices.filter((choice) => choice.share >= 0.01).length;
    const shown = this.choices.slice(0, Math.min(Math.max(SHOWN, likely), MOST));
    const rest = this.choices.slice(shown.length);
    const add = (choices) => list.append(...choices.map((choice) => this.radio(choice)));
    add(shown);
    const more = rest.length
      ? el("button", { type: "button", class: "link", onclick: () => {
          more.remove();
          add(rest);
        } }, t("more_places", { n: count(rest.length) }))
      : null;
    return el(
      "section",
      { class: "block" },
      el("h2", {}, t("owner_grid"), el("span", { class: "note confirm-one" }, t("confirm_one"))),
      el("p", { class: "reason" }, said(reasonOf(this.told))),
      list,
      more,
      this.told.among_named ? el("p", { class: "note hint" }, t("among_named")) : null,
      this.told.decides_text ? el("p", { class: "note hint" }, said(this.told.decides_text)) : null,
      el("p", { class: "note hint" }, t("or_elsewhere")),
    );
  }

  radio(choice) {
    const off = !choice.code;
    const chosen = this.choice === choice;
    const facts = [];
    if (choice.share === null && choice.by) facts.push(...[...choice.by].map((by) => t(`by_${by}_means`)));
    if (choice.metres !== undefined) facts.push(t(choice.inside ? "point_inside" : "point_outside", { m: metres(Math.round(choice.metres)) }));
    if (choice.places.length) facts.push(choice.places.slice(0, 2).join("、") + (choice.places.length > 2 ? "…" : ""));
    const input = el("input", { type: "radio", name: "choice", disabled: off, onchange: () => this.choose(choice) });
    input.checked = chosen;
    return el(
      "label",
      { class: `choice${chosen ? " on" : ""}${off ? " off" : ""}`, "data-grid": choice.code || "" },
      input,
      el(
        "span",
        { class: "choice-body" },
        el(
          "span",
          { class: "choice-line" },
          el("b", {}, said(off && !choice.elsewhere ? t("grid_outside") : choice.name)),
          choice.leader ? el("span", { class: "note leader" }, said(t("leader", { name: choice.leader }))) : null,
          el("b", { class: "num" }, choice.share === null ? "–" : share(choice.shown)),
        ),
        el("span", { class: "meter" }, el("i", { style: { width: `${Math.round((choice.share || 0) * 100)}%` } })),
        facts.length ? el("span", { class: "note" }, said(facts.join(" · "))) : null,
      ),
    );
  }

  /** Marks a choice, from its radio or from a click on the map. */
  choose(choice) {
    this.choice = choice;
    for (const label of this.body.querySelectorAll(".choice")) {
      const on = label.dataset.grid === choice.code;
      label.classList.toggle("on", on);
      label.querySelector("input").checked = on;
    }
    this.drawFoot();
    this.onChoose(choice);
  }

  owner() {
    const { location } = this.told.issue;
    const names = location.names.length ? location.names : [t(location.status === "outside" ? "grid_outside" : "grid_none")];
    return el(
      "section",
      { class: "block" },
      el("h2", {}, t("owner_grid")),
      el("p", { class: "owner" }, said(names[names.length - 1])),
      names.length > 1 ? el("p", { class: "chain" }, names.map((name, k) => [k ? " › " : "", said(name)])) : null,
      location.grid ? el("p", { class: "code" }, t("full_code", { code: location.grid })) : null,
      location.status !== "located" ? el("p", { class: "reason" }, said(reasonOf(this.told))) : null,
      location.status !== "located" && this.told.actions.includes("confirm") ? el("p", { class: "note hint" }, t("or_elsewhere")) : null,
    );
  }

  department() {
    const { route } = this.told.issue;
    const rule = route.rule === "case_override" ? t("by_person") : route.rule ? t("rule_id", { id: route.rule }) : "";
    const version = route.rule && route.rule !== "case_override" ? ` · ${route.rule_version || ""}` : "";
    const helpers = route.with_departments.map(departmentName).join("、");
    return el(
      "section",
      { class: "block" },
      el("h2", {}, t("department"), rule ? el("span", { class: "right note" }, said(rule + version)) : null),
      el("p", { class: "owner" }, said(route.department_name || (route.department ? departmentName(route.department) : t("department_none")))),
      helpers ? el("p", { class: "note" }, said(t("with_departments", { names: helpers }))) : null,
      route.note_text && !route.department ? el("p", { class: "note" }, said(this.choices.length ? t("department_after") : route.note_text)) : null,
    );
  }

  why() {
    return el(
      "section",
      { class: "block" },
      el("h2", {}, t("why"), el("button", { type: "button", class: "link right", onclick: this.onTrace }, t("full_trace"))),
      el(
        "ol",
        { class: "why" },
        stepsOf(this.told).map(({ fact, evidence, unsure, more }, k) =>
          el(
            "li",
            { class: unsure ? "unsure" : "" },
            el("span", { class: "step" }, unsure ? "?" : String(k + 1)),
            el(
              "div",
              {},
              el("p", {}, said(fact)),
              evidence.filter(Boolean).map((line) => el("p", { class: "note" }, said(line))),
              more && more.length ? el("details", { class: "note" }, el("summary", {}, t("tried_n", { n: more.length })), more.map((line) => el("p", {}, said(line)))) : null,
            ),
          ),
        ),
      ),
      el("div", { id: "trace" }),
    );
  }

  /** What Enter does now: {word, off} or null where there is nothing to decide. */
  mainAction() {
    const { told, choice } = this;
    if (this.choices.length) {
      return choice ? { kind: "confirm", word: t("confirm_grid", { g: choice.name }) } : { kind: "confirm", word: t("choose_first"), off: true };
    }
    if (told.actions.includes("dispatch")) {
      const name = told.issue.route.department_name || departmentName(told.issue.route.department || "");
      return { kind: "dispatch", word: t("dispatch_to", { department: name }) };
    }
    if (told.queue && told.actions.includes("override")) return { kind: "override", word: t("choose_department") };
    return null;
  }

  drawFoot(busy = "") {
    const main = this.mainAction();
    const { actions } = this.told;
    const others = actions.filter((action) => !["confirm", "override", "dispatch"].includes(action));
    put(
      this.foot,
      this.trouble,
      el(
        "div",
        { class: "foot-row" },
        actions.includes("override") && (!main || main.kind !== "override")
          ? el("button", { type: "button", class: "plain", onclick: this.onOverride, "aria-keyshortcuts": "O" }, t("override"))
          : null,
        main
          ? el("button", { type: "button", class: "main", disabled: Boolean(main.off || busy), onclick: this.onMain }, busy || said(main.word), busy || main.off ? null : el("kbd", {}, "Enter"))
          : null,
        others.length ? el("button", { type: "button", class: "plain more", "aria-label": t("more_actions"), onclick: (event) => this.onMore(event.currentTarget) }, "⋯") : null,
      ),
    );
    this.foot.hidden = !main && !others.length && !actions.includes("override");
  }

  /** Says beside the buttons what went wrong, and what to do. */
  fail(words, retry) {
    put(this.trouble, said(words), retry ? el("button", { type: "button", class: "link", onclick: retry }, t("retry")) : null);
    this.trouble.hidden = false;
  }

  /** Who else has it open; "" for nobody. */
  tellWho(words) {
    put(this.who, words ? said(words) : "");
    this.who.hidden = !words;
  }

  /** The strip above the card: what was done, or that somebody else has moved it on; `loud` interrupts. */
  tell(words, button, loud = false) {
    if (loud) this.strip.setAttribute("role", "alert");
    else this.strip.removeAttribute("role");
    put(this.strip, el("span", {}, said(words)), button || null);
    this.strip.hidden = false;
  }

  tick() {
    const node = this.body.querySelector("[data-due]");
    if (!node) return;
    const act = Number(node.dataset.due);
    node.textContent = timeLeft(act);
    node.parentNode.className = `due ${urgencyOf("", act)}`;
  }
}
