// Beside the work: keys, the name that stands in the log, the search by number or place, and the whole log of a case.

import { t } from "./data.js";
import { announce, el, put, said } from "./dom.js";
import { isoMoment, moment } from "./format.js";
import { secondsOf } from "./board.js";
import { detailWords } from "./caseforms.js";
import { ask, ownName, ownToken, setOwnName, setOwnToken } from "./server.js";

const KEYS = [["J", "desk_key_next"], ["K", "desk_key_previous"], ["Enter", "desk_key_enter"], ["O", "desk_key_override"], ["Esc", "desk_key_escape"], ["/", "key_find"], ["+ −", "key_zoom"], ["← ↑ → ↓", "key_pan"], ["?", "key_help"]];

/** Keys work only while the list, the card or the map has the focus, and never while somebody writes. */
export function wireKeys(places, { step, close, main, override, find, help: showHelp, isCard }) {
  const onKey = (event) => {
    const { target } = event;
    const writes = target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (event.key === "Escape") {
      close();
      event.preventDefault();
      return;
    }
    if (writes || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "o") override();
    else if (key === "/") find();
    else if (key === "?") showHelp();
    // A key that is held down decides nothing, and a button or link means itself.
    else if (key === "Enter" && isCard() && !event.repeat && !target.matches("button, a, summary")) main();
    else return;
    event.preventDefault();
  };
  for (const place of places) place.addEventListener("keydown", onKey);
}

/** The field of the search; answers with what opens it. */
export function finder(head, { onNumber, onPlace }) {
  const field = el("input", { type: "search", class: "field", maxlength: 200, "aria-label": t("find_hint"), placeholder: t("find_hint"), autocomplete: "off" });
  const told = el("div", { class: "note" });
  const say = (words) => {
    put(told, said(words));
    announce(words);
  };
  const form = el("form", { class: "finder", hidden: true, role: "search" }, field, told);
  head.after(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    put(told, "");
    if (!text) return;
    try {
      const found = /\d/.test(text) ? await ask(`/maps/issues/find?text=${encodeURIComponent(text)}`, undefined, ownName()) : [];
      if (found.length === 1) onNumber(found[0].id);
      else if (found.length) put(told, t("find_several"), el("ul", {}, found.map((one) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => onNumber(one.id) }, said(numberOf(one)), " · ", said(one.category || t("category_none")), ` · ${t(`status_${one.status}`)}`)))));
      else if (/^[#\d]+$/.test(text)) say(t("find_none", { text }));
      else await findPlace(text, onPlace, say);
    } catch (error) {
      say(error.message);
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    form.hidden = true;
    head.querySelector("button").focus();
    event.stopPropagation();
  });
  return () => {
    form.hidden = !form.hidden;
    if (!form.hidden) field.focus();
  };
}

/** The number under which people know an issue: its source's, and the own one. */
function numberOf(one) {
  return one.source_id ? `${one.source_id} (#${one.id})` : `#${one.id}`;
}

async function findPlace(text, onPlace, say) {
  const found = await ask(`/v1/geocode?text=${encodeURIComponent(text)}`, undefined, ownName());
  const first = found.lon === null ? found.candidates.find((one) => one.lon !== null) : found;
  if (first) onPlace(first.lon, first.lat);
  say(first ? first.name || found.grid_name || "" : found.note_text || t("why_address_none"));
}

/** Keys, and under which name (and with which token) steps are written down. */
export function help(body, onBack) {
  const name = el("input", { id: "own-name", class: "field", type: "text", maxlength: 40, autocomplete: "off", value: ownName() });
  const token = el("input", { id: "own-token", class: "field", type: "password", maxlength: 200, autocomplete: "off", value: ownToken() });
  const save = () => {
    setOwnName(name.value);
    setOwnToken(token.value.trim());
    announce(t("saved_name", { name: ownName() }));
    onBack();
  };
  put(
    body,
    el("div", { class: "card-head" }, el("b", {}, t("help")), el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: onBack }, "×")),
    el("section", { class: "block" }, el("h1", { tabindex: "-1" }, t("keys")), el("p", { class: "note" }, t("keys_where")), el("dl", { class: "keys" }, KEYS.map(([key, word]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(word)))))),
    el(
      "section",
      { class: "block" },
      el("h2", {}, t("who_acts")),
      el("div", { class: "labelled" }, el("label", { for: "own-name" }, t("own_name")), name),
      el("div", { class: "labelled" }, el("label", { for: "own-token" }, t("own_token")), token),
      el("p", { class: "note hint" }, t("own_token_hint")),
      el("button", { type: "button", class: "plain", onclick: save }, t("save")),
    ),
  );
  body.querySelector("h1").focus({ preventScroll: true });
}

/** The whole log of a case under its card. */
export async function showTrace(id) {
  const place = document.getElementById("trace");
  if (!place) return;
  try {
    const told = await ask(`/v1/issues/${id}/log`, undefined, ownName());
    put(
      place,
      el("h2", { class: "trace-head", tabindex: "-1" }, t("full_trace")),
      el("ol", { class: "trace" }, told.lines.map((line) => {
        const at = secondsOf(line.at);
        return el("li", {}, el("p", {}, el("b", {}, line.action_text || line.action), " ", el("span", { class: "note" }, said(line.actor), " · ", el("time", { datetime: isoMoment(at), title: isoMoment(at) }, moment(at)))), el("p", { class: "note" }, said(detailWords(line.detail))));
      })),
      told.broken_at ? el("p", { class: "trouble" }, t("log_broken", { n: told.broken_at })) : null,
    );
    place.querySelector("h2").focus();
    place.scrollIntoView({ block: "nearest" });
  } catch (error) {
    put(place, el("p", { class: "trouble", role: "alert" }, said(error.message)));
  }
}
