// Forms that take the place of the card: decide otherwise, and what stands under ⋯. Each sends one step with its reason.

import { data, grids, gridsByArea, t } from "./data.js";
import { el, put, said } from "./dom.js";
import { isoMoment, share } from "./format.js";
import { DEPARTMENTS, departmentName, secondsOf } from "./board.js";
import { choicesOf } from "./caseparts.js";

const OVERRIDE_REASONS = ["wrong_place", "wrong_department", "wrong_category", "border_dispute", "local_agreement", "other"];
const RETURN_REASONS = ["not_our_duty", "outside_area", "wrong_category", "incomplete", "needs_others", "other"];
// What stands under ⋯, and what each asks for.
const FIELDS = {
  return: ["reason"],
  merge: ["into"],
  extend: ["due_at", "text"],
  suspend: ["text"],
  resume: [],
  sign: [],
  answer: ["text"],
  close: ["closing_met", "text_free"],
  reopen: ["text"],
};

/** The forms of a case; `send(action, body)` sends a step, `onBack()` leaves, `onGrid(code)` outlines a grid. */
export class CaseForms {
  constructor(body, foot, hooks) {
    Object.assign(this, { body, foot, ...hooks });
  }

  /** 改派: another grid, another department, or both, and why. */
  override(told, choice) {
    const { issue } = told;
    const now = issue.location.status === "located" ? issue.location.grid : null;
    this.grid = el("select", { id: "to-grid", class: "field", onchange: () => this.onGrid(this.grid.value || now) }, el("option", { value: "" }, now ? t("grid_stays", { name: issue.location.grid_name || now }) : t("grid_choose")));
    for (const group of gridsByArea()) {
      this.grid.append(el("optgroup", { label: group.name }, group.grids.filter((grid) => grid.code !== now).map((grid) => el("option", { value: grid.code }, grid.name))));
    }
    if (choice && choice.code !== now) this.grid.value = choice.code;
    this.department = el(
      "select",
      { id: "to-department", class: "field" },
      el("option", { value: "" }, t("department_by_rule")),
      DEPARTMENTS.map(([code, name]) => el("option", { value: code }, name)),
    );
    this.rule = el("input", { type: "checkbox" });
    const best = now ? null : choicesOf(told).find((one) => one.code && one.share !== null);
    const answer = [
      best ? `${best.name} ${share(best.shown)}` : issue.location.grid_name || t("grid_none"),
      issue.route.department_name || t("department_none"),
      issue.route.rule && issue.route.rule !== "case_override" ? t("rule_id", { id: issue.route.rule }) : "",
    ];
    this.open(t("override_head"), told, [
      el("section", { class: "block" }, this.labelled("to-grid", t("grid"), this.grid), el("p", { class: "note" }, t("grid_by_map")), this.labelled("to-department", t("any_department"), this.department)),
      this.reasons("override", OVERRIDE_REASONS),
      el("section", { class: "block" }, el("label", { class: "check" }, this.rule, el("span", {}, t("propose_rule"))), el("p", { class: "note hint" }, said(t("system_said", { answer: answer.filter(Boolean).join(" · ") })))),
    ], t("override_send"), () => {
      const body = { ...this.reason(), propose_rule: this.rule.checked };
      if (this.grid.value) body.grid = this.grid.value;
      if (this.department.value) body.department = this.department.value;
      if (!body.grid && !body.department) return t("override_nothing_yet");
      if (body.reason === "other" && !body.text) return t("words_for_other");
      return this.send("override", body);
    });
    this.onGrid(this.grid.value || now);
  }

  /** The grid that was clicked on the map becomes the one that the form names. */
  takeGrid(code) {
    if (!this.grid || !this.grid.isConnected) return false;
    const known = Array.from(this.grid.options).some((option) => option.value === code);
    this.grid.value = known ? code : "";
    this.onGrid(code);
    return true;
  }

  /** A step of the menu ⋯ with the fields that it asks for. */
  step(action, told) {
    const fields = FIELDS[action];
    const inputs = {};
    const parts = fields.map((name) => {
      if (name === "reason") return this.reasons("return", RETURN_REASONS);
      return el("section", { class: "block" }, this.field(name, inputs, told));
    });
    const button = t(`act_${action}`);
    this.open(button, told, [...parts, fields.length ? null : el("section", { class: "block" }, el("p", {}, t("step_plain", { action: button })))], button, () => {
      const body = fields.includes("reason") ? this.reason() : {};
      for (const [name, input] of Object.entries(inputs)) {
        if (name === "closing_met") body.closing_met = input.checked;
        else if (name === "into") body.into = Number(input.value.replace(/\D/g, "")) || 0;
        else if (name === "due_at") body.due_at = input.value;
        else body.text = input.value.trim();
      }
      if ("into" in body && !body.into) return t("merge_number");
      if (fields.includes("due_at") && !body.due_at) return t("due_wanted");
      if (fields.includes("text") && !body.text) return t("words_wanted");
      if (body.reason === "other" && !body.text) return t("words_for_other");
      return this.send(action, body);
    });
  }

  field(name, inputs, told) {
    const id = `field-${name}`;
    if (name === "closing_met") {
      inputs.closing_met = el("input", { type: "checkbox", id });
      const { closing } = told.issue.route;
      return el("label", { class: "check" }, inputs.closing_met, el("span", {}, said(t("closing_met", { closing: closing || t("closing_usual") }))));
    }
    if (name === "into") {
      inputs.into = el("input", { type: "text", id, class: "field", inputmode: "numeric", maxlength: 10, autocomplete: "off" });
      return this.labelled(id, t("merge_into"), inputs.into);
    }
    if (name === "due_at") {
      // The field has no zone: the server takes its own.
      const later = isoMoment(Math.max(data.now, secondsOf(told.act_by)) + 86400).slice(0, 16);
      inputs.due_at = el("input", { type: "datetime-local", id, class: "field", value: later });
      return this.labelled(id, t("due_new"), inputs.due_at);
    }
    inputs[name] = el("textarea", { id, class: "field", rows: 3, maxlength: 2000 });
    return this.labelled(id, t(name === "text" ? "words_required" : "words"), inputs[name]);
  }

  reasons(kind, codes) {
    this.group = el(
      "fieldset",
      { class: "reasons" },
      el("legend", {}, t("reason"), el("span", { class: "note" }, t("reason_required"))),
      codes.map((code) => el("label", { class: "check" }, el("input", { type: "radio", name: `reason-${kind}`, value: code }), el("span", {}, t(`reason_${code}`)))),
    );
    this.words = el("textarea", { class: "field", rows: 3, maxlength: 2000, "aria-label": t("words"), placeholder: t("words_hint") });
    return el("section", { class: "block" }, this.group, this.words);
  }

  reason() {
    const picked = this.group.querySelector("input:checked");
    return { reason: picked ? picked.value : "", text: this.words.value.trim() };
  }

  labelled(id, word, input) {
    return el("div", { class: "labelled" }, el("label", { for: id }, word), input);
  }

  open(title, told, parts, word, act) {
    this.grid = this.grid && parts.some((part) => part && part.contains(this.grid)) ? this.grid : null;
    const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
    const button = el("button", { type: "button", class: "main", onclick: () => submit() }, word);
    const say = (words) => {
      put(trouble, said(words));
      trouble.hidden = false;
      button.disabled = false;
      button.textContent = word;
    };
    const submit = async () => {
      if (this.group && this.group.isConnected && !this.group.querySelector("input:checked")) {
        say(t("reason_wanted"));
        return;
      }
      const answer = act();
      if (typeof answer === "string") {
        say(answer);
        return;
      }
      button.disabled = true;
      const slow = setTimeout(() => {
        button.textContent = t("sending");
      }, 150);
      const fault = await answer;
      clearTimeout(slow);
      if (fault) say(fault);
    };
    const { issue } = told;
    put(
      this.body,
      el("div", { class: "card-head" }, el("b", {}, said(issue.category_name || issue.category || t("category_none"))), el("span", { class: "code" }, said(issue.source_id || `#${issue.id}`)), el("button", { type: "button", class: "close", "aria-label": t("back"), onclick: this.onBack }, "×")),
      el("h1", { class: "form-head", tabindex: "-1" }, title),
      ...parts.filter(Boolean),
    );
    put(this.foot, trouble, el("div", { class: "foot-row" }, el("button", { type: "button", class: "plain", onclick: this.onBack }, t("back")), button));
    this.foot.hidden = false;
    (this.body.querySelector("select, textarea, input") || this.body.querySelector("h1")).focus({ preventScroll: true });
  }
}

/** The steps under ⋯: a small menu beside its button. */
export function openMenu(button, actions, pick) {
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", away, true);
    button.setAttribute("aria-expanded", "false");
  };
  const away = (event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) close();
  };
  const open = button.parentNode.querySelector(".menu");
  if (open) {
    open.remove();
    button.setAttribute("aria-expanded", "false");
    return;
  }
  const menu = el(
    "ul",
    { class: "menu" },
    actions.filter((action) => action in FIELDS).map((action) =>
      el("li", {}, el("button", { type: "button", onclick: () => {
        close();
        pick(action);
      } }, t(`act_${action}`))),
    ),
  );
  menu.addEventListener("keydown", (event) => {
    const items = Array.from(menu.querySelectorAll("button"));
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape") {
      close();
      button.focus();
    } else if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  button.setAttribute("aria-expanded", "true");
  button.parentNode.append(menu);
  document.addEventListener("pointerdown", away, true);
  menu.querySelector("button").focus();
}

/** Names of the reasons, for the log. */
export function reasonWord(code) {
  return [...OVERRIDE_REASONS, ...RETURN_REASONS].includes(code) ? t(`reason_${code}`) : code;
}

/** A line of the log in words: what was decided. */
export function detailWords(detail) {
  const parts = [];
  const grid = grids.find((one) => one.code === detail.grid);
  if (detail.grid) parts.push(grid ? grid.name : detail.grid);
  if (detail.department) parts.push(departmentName(detail.department));
  if (detail.rule && detail.rule !== "case_override") parts.push(t("rule_id", { id: detail.rule }));
  if (typeof detail.reason === "string" && detail.reason) parts.push(reasonWord(detail.reason));
  if (typeof detail.text === "string" && detail.text) parts.push(detail.text);
  return parts.join(" · ");
}
