// What every card of an issue shows, the whole one and the small one.

import { t } from "./data.js";
import { el } from "./dom.js";
import { moment, timeLeft } from "./format.js";
import { statusIcon } from "./icons.js";
import { column, isOpen, isOverdue, signOf, statusOf, urgency } from "./issuedata.js";

/** The status as shape and word; what is overdue says so first. */
export function chips(i) {
  const kinds = isOverdue(i) ? ["overdue", statusOf(i)] : [statusOf(i)];
  const tone = { overdue: "chip-danger", to_confirm: "chip-warn", to_dispatch: "chip-draft", in_progress: "chip-draft", closed: "" };
  return kinds.map((kind) =>
    el("span", { class: `chip ${tone[kind]}` }, kind === signOf(i) ? statusIcon(kind, 16) : null, t(`status_${kind}`)),
  );
}

/** When the issue must be closed and the time left, or when it was closed; null if there is nothing to say. */
export function deadline(i) {
  const due = column("due", i);
  const closed = column("closed", i);
  if (!isOpen(i)) return closed === null ? null : el("p", { class: "due done" }, t("closed_at", { time: moment(closed) }));
  if (due === null) return null;
  return el("p", { class: `due ${urgency(i)}` }, el("b", {}, t("due_before", { time: moment(due) })), el("span", {}, timeLeft(due)));
}
