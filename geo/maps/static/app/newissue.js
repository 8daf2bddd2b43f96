// A new report: words, a place by map, address or own position, a category in two taps; where it will go is said first.

import { t } from "./data.js";
import { announce, el, put, said } from "./dom.js";
import { moment } from "./format.js";
import { CATEGORIES, planeAt, secondsOf } from "./board.js";
import { findGrid } from "./caseparts.js";
import { Refused, ask, ownName, stepId } from "./server.js";

const WAIT_MS = 450;

export class NewIssue {
  /** hooks: onPlace(point or null, gridCode or null), onAim(on), onSent(issue), onBack(). */
  constructor(body, foot, hooks) {
    Object.assign(this, { body, foot, ...hooks });
    this.open = false;
  }

  start(at = null) {
    this.open = true;
    this.id = stepId();
    this.place = null;
    this.category = null;
    this.words = el("textarea", { id: "new-words", class: "field", rows: 3, maxlength: 4000, oninput: () => this.later("suggest") });
    this.address = el("input", { id: "new-address", type: "text", class: "field", maxlength: 400, autocomplete: "off", placeholder: t("address_hint") });
    this.address.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        this.findAddress();
      }
    });
    this.found = el("div", { class: "found" });
    this.chips = el("div", { class: "chips" });
    this.select = el(
      "select",
      { id: "new-category", class: "field", onchange: () => this.pick(this.select.value) },
      el("option", { value: "" }, t("category_choose")),
      groups().map(([name, list]) => el("optgroup", { label: name }, list.map(([key, word]) => el("option", { value: key }, word)))),
    );
    this.target = el("section", { class: "block target" });
    this.trouble = el("p", { class: "trouble", role: "alert", hidden: true });
    this.button = el("button", { type: "button", class: "main", onclick: () => this.send() }, t("new_send"));
    this.aim = el("button", { type: "button", class: "plain small", "aria-pressed": "false", onclick: () => this.aimAt(this.aim.getAttribute("aria-pressed") !== "true") }, t("by_map"));
    put(
      this.body,
      el("div", { class: "card-head" }, el("span", { class: "code" }, t("new_code")), el("button", { type: "button", class: "close", "aria-label": t("back"), onclick: this.onBack }, "×")),
      el("h1", { class: "form-head", tabindex: "-1" }, t("new_head")),
      el("section", { class: "block" }, el("div", { class: "labelled wide" }, el("label", { for: "new-words" }, t("new_words")), this.words)),
      el(
        "section",
        { class: "block" },
        el("div", { class: "labelled wide" }, el("label", { for: "new-address" }, t("new_place")), el("div", { class: "with-button" }, this.address, el("button", { type: "button", class: "plain small", onclick: () => this.findAddress() }, t("look_up")))),
        el("div", { class: "ways" }, this.aim, el("button", { type: "button", class: "plain small", onclick: () => this.findMe() }, t("by_position"))),
        this.found,
      ),
      el("section", { class: "block" }, el("div", { class: "labelled wide" }, el("label", { for: "new-category" }, t("any_category")), this.chips, this.select)),
      this.target,
    );
    put(this.foot, this.trouble, el("div", { class: "foot-row" }, el("button", { type: "button", class: "plain", onclick: this.onBack }, t("back")), this.button));
    this.foot.hidden = false;
    this.aimAt(true);
    if (at) this.takePoint(at);
    this.preview();
    this.words.focus({ preventScroll: true });
  }

  stop() {
    this.open = false;
    this.aimAt(false);
    this.onPlace(null, null);
  }

  aimAt(on) {
    if (this.aim) this.aim.setAttribute("aria-pressed", String(on));
    this.onAim(on);
  }

  later(what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this[what](), WAIT_MS);
  }

  /** A click on the map, or the reporter's own position. */
  takePoint({ lon, lat, error = null }) {
    this.place = { lon, lat, error, clicked: !error };
    put(this.found, el("p", { class: "note" }, t(error ? "place_position" : "place_point", { lon: lon.toFixed(5), lat: lat.toFixed(5), m: Math.round(error || 0) })));
    this.preview();
  }

  findMe() {
    if (!navigator.geolocation) {
      this.fail(t("position_none"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.takePoint({ lon: coords.longitude, lat: coords.latitude, error: coords.accuracy }),
      () => this.fail(t("position_none")),
      { enableHighAccuracy: true, timeout: 10000 },
    );
  }

  async findAddress() {
    const text = this.address.value.trim();
    if (!text) return;
    let told;
    put(this.found, el("p", { class: "note working" }, t("looking_up")));
    try {
      told = await ask(`/v1/geocode?text=${encodeURIComponent(text)}`, undefined, ownName());
    } catch (error) {
      put(this.found, "");
      this.fail(error.message);
      return;
    }
    this.trouble.hidden = true;
    announce(told.status === "match" ? t("address_found", { name: (told.candidates[0] && told.candidates[0].name) || told.grid_name || "" }) : told.note_text || t("why_address_none"));
    const places = told.candidates.filter((one) => one.lon !== null).slice(0, 5);
    if (told.status === "match" && told.lon !== null) {
      this.place = { lon: told.lon, lat: told.lat, error: null, byAddress: true };
      put(this.found, el("p", { class: "note" }, said(t("address_found", { name: (told.candidates[0] && told.candidates[0].name) || told.grid_name || "" }))));
    } else {
      this.place = null;
      put(
        this.found,
        el("p", { class: "note warn-note" }, said(told.note_text || t("why_address_none"))),
        places.length ? el("div", { class: "reasons", role: "radiogroup", "aria-label": t("which_place") }, places.map((one) => this.place_(one))) : null,
      );
    }
    this.preview();
  }

  place_(one) {
    const grid = findGrid(one.grid);
    const input = el("input", { type: "radio", name: "which", onchange: () => {
      this.place = { lon: one.lon, lat: one.lat, error: null };
      this.preview();
    } });
    return el("label", { class: "check" }, input, el("span", {}, said(one.name), grid ? el("span", { class: "note" }, " ", said(grid.name)) : null));
  }

  async suggest() {
    const text = this.words.value.trim();
    if (text.length < 4 || !this.open) return;
    let told = { candidates: [] };
    try {
      told = await ask("/v1/categories/suggest", { text }, ownName());
    } catch {
      // Without suggestions the list still has every category.
    }
    if (!this.open) return;
    const list = told.candidates.slice(0, 4);
    put(this.chips, list.map(({ scheme, kind, code, name }) => {
      const key = `${scheme}/${kind}/${code}`;
      return el("button", { type: "button", class: "toggle", "data-key": key, "aria-pressed": String(key === this.category), onclick: () => this.pick(key) }, said(name));
    }));
  }

  pick(key) {
    this.category = key || null;
    if (this.select.value !== key) this.select.value = key;
    for (const chip of this.chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.key === key));
    this.preview();
  }

  /** Grid, department and deadline, before anything is sent. */
  async preview() {
    const { place } = this;
    const [scheme, kind, category] = (this.category || "//").split("/");
    this.onPlace(place ? planeAt(place.lon, place.lat) : null, null, Boolean(place && !place.clicked));
    const row = (word, value, tone) => el("div", {}, el("dt", {}, word), el("dd", { class: tone || "" }, said(value)));
    const show = (grid, department, due, note) => put(this.target, el("h2", {}, t("new_target")), el("dl", { class: "facts" }, row(t("owner_grid"), grid), row(t("department"), department), row(t("deadline"), due)), note ? el("p", { class: "note" }, said(note)) : null);
    if (!place) {
      show("–", "–", "–", t(this.address.value.trim() ? "new_goes_to_queue" : "new_needs_place"));
      return;
    }
    this.asked = (this.asked || 0) + 1;
    const mine = this.asked;
    try {
      const where = `lon=${place.lon}&lat=${place.lat}&crs=WGS84`;
      const told = category
        ? await ask("/v1/route", { scheme, kind, category, lon: place.lon, lat: place.lat, crs: "WGS84" }, ownName())
        : { location: await ask(`/v1/locate?${where}`, undefined, ownName()), route: null };
      if (mine !== this.asked || !this.open) return;
      const { location, route } = told;
      this.onPlace(planeAt(place.lon, place.lat), location.grid);
      const due = route && route.due_at ? moment(secondsOf(route.due_at)) : "–";
      announce([location.grid_name || t("grid_outside"), route && route.department_name].filter(Boolean).join(t("comma_list")));
      show(
        location.grid_name || location.grid || t(location.status === "outside" ? "grid_outside" : "grid_none"),
        route ? route.department_name || route.department || t("department_none") : t("after_category"),
        due,
        (route && !route.department && route.note_text) || location.note_text || (route && route.rule ? t("rule_id", { id: route.rule }) : ""),
      );
    } catch (error) {
      if (mine === this.asked) show("–", "–", "–", error.message);
    }
  }

  async send() {
    const text = this.words.value.trim();
    const address = this.address.value.trim();
    if (!text) {
      this.fail(t("new_needs_words"));
      this.words.focus();
      return;
    }
    if (!this.place && !address) {
      this.fail(t("new_needs_place"));
      return;
    }
    const [scheme, kind, category] = (this.category || "//").split("/");
    // The same number again is the same report: a second try after a lost line adds nothing.
    const body = { text, scheme, kind, category, source: "dispatch", source_id: this.id };
    if (address) body.address = address;
    if (this.place && !this.place.byAddress) {
      Object.assign(body, { lon: this.place.lon, lat: this.place.lat, crs: "WGS84" });
      if (this.place.error) body.accuracy_m = this.place.error;
    }
    this.button.disabled = true;
    try {
      this.onSent(await ask("/v1/issues", body, ownName()));
    } catch (error) {
      this.fail(error instanceof Refused ? error.message : t("no_answer"));
    } finally {
      this.button.disabled = false;
    }
  }

  fail(words) {
    put(this.trouble, said(words));
    this.trouble.hidden = false;
  }
}

/** Categories by their major class, in the order of the directory. */
function groups() {
  const names = new Map(CATEGORIES.map(([scheme, kind, code, name]) => [`${scheme}/${kind}/${code}`, name]));
  const above = ([scheme, kind, , , parent]) => (parent ? `${scheme}/${kind}/${parent}` : "");
  const majors = new Set(CATEGORIES.map(above));
  const found = new Map();
  for (const row of CATEGORIES) {
    const key = row.slice(0, 3).join("/");
    if (majors.has(key)) continue;
    const group = names.get(above(row)) || row[0];
    if (!found.has(group)) found.set(group, []);
    found.get(group).push([key, row[3]]);
  }
  return [...found];
}
