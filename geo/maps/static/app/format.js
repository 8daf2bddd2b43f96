// Numbers, lengths, moments and spans as people here write them.

import { data, t } from "./data.js";

const THIN = "\u00a0";
const MINUS = "\u2212";

/** 33,281 */
export function count(n) {
  return n === null || n === undefined ? "–" : Math.round(n).toLocaleString("en-US");
}

/** 3.4 with a true minus; `digits` after the point. */
export function decimal(value, digits = 1) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(text.replace(/,/g, "")) !== 0 ? MINUS + text : text;
}

/** +4.2 % from a fraction; zero has no sign. */
export function percent(fraction) {
  const text = decimal(fraction * 100);
  return (fraction > 0 && text !== "0.0" ? "+" : "") + text + THIN + "%";
}

/** A share without a sign: 5 % */
export function share(fraction, digits = 0) {
  return decimal(fraction * 100, digits) + THIN + "%";
}

/** 9 米, 1.3 公里 */
export function metres(m) {
  if (m === null || m === undefined) return "–";
  return m < 1000 ? t("metres", { n: m < 10 && m % 1 ? decimal(m) : count(m) }) : t("kilometres", { n: decimal(m / 1000) });
}

/** A weight with its unit: 1,085 人 */
export function people(n, measure) {
  return t(`n_${measure}`, { n: count(n) });
}

/** Square metres, hectares above 10,000 m². */
export function area(m2) {
  return m2 < 10000 ? t("square_metres", { n: count(m2) }) : t("hectares", { n: decimal(m2 / 10000) });
}

/** The name of a plan: a bare year does not say what it names, any other name does. */
export function planName(plan) {
  return /^\d{4}$/.test(plan.name) ? t("plan_of_year", { name: plan.name }) : plan.name;
}

/** An ISO date as it is written here. */
export function day(isoDate) {
  if (!isoDate) return "–";
  const [year, month, date] = isoDate.split("-").map(Number);
  return t("date_year", { y: year, m: month, d: date, mon: t(`month_${month}`) });
}

/** 今天 10:31, 昨天 10:31, 3 月 18 日, 2024 年 3 月 18 日, by the page's own clock. */
export function moment(seconds) {
  const then = parts(seconds);
  const now = parts(data.now);
  const days = Math.floor((data.now + data.zone) / 86400) - Math.floor((seconds + data.zone) / 86400);
  if (days === 0) return t("today_at", { time: then.time });
  if (days === 1) return t("yesterday_at", { time: then.time });
  const values = { y: then.year, m: then.month, d: then.date, mon: t(`month_${then.month}`) };
  return then.year === now.year ? t("date_short", values) : t("date_year", values);
}

/** 10:31 */
export function clock(seconds) {
  return parts(seconds).time;
}

/** The moment in full, for `title`. */
export function isoMoment(seconds) {
  const sign = data.zone < 0 ? "-" : "+";
  const zone = Math.abs(data.zone) / 60;
  const iso = new Date((seconds + data.zone) * 1000).toISOString().slice(0, 19);
  return `${iso}${sign}${two(Math.floor(zone / 60))}:${two(zone % 60)}`;
}

/** 剩 38 分, 超 2 小时 05 分 */
export function timeLeft(due) {
  const left = due - data.now;
  return t(left >= 0 ? "left" : "late", { span: span(Math.abs(left)) });
}

/** 38 分, 2 小时 05 分, 3 天 */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 10) return t("hours_minutes", { h: hours, m: two(minutes % 60) });
  if (hours < 48) return t("hours", { n: hours });
  return t("days", { n: Math.floor(hours / 24) });
}

function parts(seconds) {
  const at = new Date((seconds + data.zone) * 1000);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    date: at.getUTCDate(),
    time: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
  };
}

function two(n) {
  return String(n).padStart(2, "0");
}
