// The board: what the server tells of the issues that are wanted, as rows of the list and members of the map's pins.

import { data, planePoint, t } from "./data.js";
import { ask, ownName } from "./server.js";
import { working } from "./working.js";

const MARGIN = 0.15;
export const NO_WISH = { tab: "all", category: "", department: "", grids: "", community: "", days: "", since: "", until: "", closed: false };
const categoryNames = new Map(data.categories.map(([scheme, kind, code, name]) => [`${scheme}/${kind}/${code}`, name]));
const departmentNames = new Map(data.departments);

export const DEPARTMENTS = data.departments;
export const CATEGORIES = data.categories;

/** A place on the earth in the plane of the map. */
export function planeAt(lon, lat) {
  return planePoint((lon - data.origin[0]) * 1e6, (lat - data.origin[1]) * 1e6);
}

export function categoryName(key) {
  return categoryNames.get(key) || key.split("/").pop() || t("category_none");
}

export function departmentName(code) {
  return departmentNames.get(code) || code;
}

/** What pins ask of a member. */
export const pinOf = {
  id: (item) => item.id,
  point: (item) => item.point,
  sign: (item) => item.sign,
  title: (item) => item.title,
  counts: (item) => item.counts,
};

export class Board {
  /** `map` says what is in view; `onAnswer(answer)` hears of each answer, `onFail(error)` where there is none. */
  constructor(map, { onAnswer, onFail }) {
    Object.assign(this, { map, onAnswer, onFail });
    this.wish = { ...NO_WISH };
    this.follow = true;
    this.only = null;
    this.hotspot = null;
    this.upto = null;
    this.view = null;
    this.asked = 0;
    this.answer = null;
    this.rows = [];
  }

  /** Asks anew. `moved` takes the place of the list from the map too: not for moves that the page makes itself. */
  async refresh({ moved = false } = {}) {
    if (moved || !this.view) this.view = boxOf(this.map.getBounds());
    this.asked += 1;
    const mine = this.asked;
    try {
      const answer = await working(ask(this.address(null), undefined, ownName()));
      // A later question is under way: its answer counts.
      if (mine !== this.asked) return;
      this.take(answer);
      this.rows = answer.rows;
      this.onAnswer(answer);
    } catch (error) {
      if (mine === this.asked) this.onFail(error);
    }
  }

  /** The next page of the list; null at its end or while another question is under way. */
  async more() {
    if (!this.answer || !this.answer.next || this.loading) return null;
    this.loading = true;
    const mine = this.asked;
    try {
      const answer = await ask(this.address(this.answer.next), undefined, ownName());
      if (mine !== this.asked) return null;
      this.answer.next = answer.next;
      this.rows = this.rows.concat(answer.rows);
      return answer.rows;
    } catch (error) {
      this.onFail(error);
      return null;
    } finally {
      this.loading = false;
    }
  }

  take(answer) {
    this.answer = answer;
    setClock(answer.now);
    if (this.upto === null) this.upto = answer.newest;
    const title = (k) => (k < 0 ? t("category_none") : categoryName(answer.categories[k]));
    const points = answer.points.map(([id, lon, lat, sign, category]) => ({
      id,
      point: planeAt(lon, lat),
      sign: answer.signs[sign],
      title: title(category),
      counts: null,
    }));
    const squares = answer.squares.map(([lon, lat, counts]) => ({
      id: `s${lon},${lat}`,
      point: planeAt(lon, lat),
      sign: "",
      title: "",
      counts: Object.fromEntries(counts.map((n, k) => [answer.signs[k], n])),
    }));
    this.items = points.concat(squares);
  }

  /** Whether just these issues are shown, whatever the map holds. */
  just() {
    return Boolean(this.only || this.hotspot);
  }

  address(after) {
    const bounds = this.map.getBounds();
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(this.wish)) if (value !== "" && value !== false) query.set(name, value);
    if (this.follow && !this.just()) query.set("follow", "true");
    if (this.only) query.set("only", this.only.join(","));
    if (this.hotspot) query.set("hotspot", this.hotspot);
    if (this.upto !== null) query.set("upto", this.upto);
    if (after) query.set("after", after);
    query.set("view", this.view);
    if (!after) query.set("box", boxOf(bounds.pad(MARGIN)));
    query.set("zoom", this.map.getZoom());
    return `/maps/issues/board?${query}`;
  }
}

let clockFrom = 0;
setClock(data.now);

/** The page's time goes on from what the server said last. */
export function setClock(now) {
  clockFrom = performance.now() / 1000 - now;
  data.now = now;
}

export function tick() {
  data.now = Math.floor(performance.now() / 1000 - clockFrom);
}

/** Seconds of a moment that the server wrote. */
export function secondsOf(iso) {
  return Math.floor(Date.parse(iso) / 1000);
}

/** "late", "soon" (under an hour) or "" for the colour of the time left. */
export function urgencyOf(status, act) {
  if (status === "closed") return "";
  const left = act - data.now;
  return left < 0 ? "late" : left < 3600 ? "soon" : "";
}

function boxOf(bounds) {
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((n) => n.toFixed(6)).join(",");
}
