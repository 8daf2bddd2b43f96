// The one place that talks to the server: steps of a draft, in the name of the person who works here.

import { page, word } from "./pagedata.js";

const NAME = "wangge-name";
const TOKEN = "wangge-token";

/** Who works here: a name that this browser remembers; there are no accounts yet. */
export function ownName() {
  let name = null;
  try {
    name = window.localStorage.getItem(NAME);
  } catch {
    // A browser that keeps nothing asks anew on every page.
  }
  return name || setOwnName(`${word("somebody")} ${code(4)}`);
}

export function setOwnName(name) {
  const kept = name.trim().slice(0, 40);
  try {
    window.localStorage.setItem(NAME, kept);
  } catch {
    // As above.
  }
  return kept;
}

/** The token of a deployment with roles, "" for none; it goes with the window. */
export function ownToken() {
  try {
    return window.sessionStorage.getItem(TOKEN) || "";
  } catch {
    return "";
  }
}

export function setOwnToken(token) {
  try {
    window.sessionStorage.setItem(TOKEN, token);
  } catch {
    // Without storage every page asks as the public.
  }
}

/** A name for a step that nobody else gives. */
export function stepId() {
  return `p-${code(20)}`;
}

/** Asks the server; throws `Refused` for an answer that is no success, and where there is no answer. */
export async function ask(path, body, name) {
  let answer = null;
  const token = ownToken();
  const headers = { "Content-Type": "application/json", "X-Geo-Actor": bytes(name) };
  if (token) headers.Authorization = `Bearer ${bytes(token)}`;
  try {
    answer = await fetch(`${path}${path.includes("?") ? "&" : "?"}lang=${page.lang}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { detail: word("no_answer") });
  }
  const told = await answer.json().catch(() => ({ detail: word("no_answer") }));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

/** A file of the server; throws `Refused` as `ask` does. */
export async function askFile(path) {
  const token = ownToken();
  const headers = token ? { Authorization: `Bearer ${bytes(token)}` } : {};
  const answer = await fetch(`${path}${path.includes("?") ? "&" : "?"}lang=${page.lang}`, { headers }).catch(() => null);
  if (!answer) throw new Refused(0, { detail: word("no_answer") });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({ detail: word("no_answer") })));
  return answer.blob();
}

/** The bytes of a tile; null where nothing lies in it. Throws where there is no answer, and when `signal` ends it. */
export async function askTile(path, signal) {
  const token = ownToken();
  const headers = token ? { Authorization: `Bearer ${bytes(token)}` } : {};
  const answer = await fetch(path, { headers, signal });
  if (!answer.ok) throw new Refused(answer.status, { detail: word("no_answer") });
  return answer.status === 204 ? null : answer.arrayBuffer();
}

export class Refused extends Error {
  constructor(status, body) {
    super(body.detail);
    Object.assign(this, { status, body });
  }
}

/** A header holds Latin-1: the bytes of UTF-8, one character each. */
function bytes(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function code(length) {
  const values = window.crypto.getRandomValues(new Uint8Array(length));
  return Array.from(values, (value) => (value % 36).toString(36)).join("");
}
