// The devices of this browser: one for the team of each shift, each with a store of its own.
//
// A small store names them; the token of each lies in its own store, encrypted like everything there.

import { importKey } from "../log/events.js";
import { open } from "../log/store.js";
import { newPhone } from "../log/phone.js";

const ADDRESS = "/terrain/app/appareils/";
const REGISTER = "amiral-field";
const CODES = { 400: "malformed", 401: "sign-in", 403: "sign-in", 404: "no-list", 409: "no-list", 410: "no-list", 429: "busy", 503: "busy" };

class NotEnrolled extends Error {
  // `said`: the server's own sentence, in the reader's language, where it gave one.
  constructor(code, said = "") {
    super(code);
    this.name = "NotEnrolled";
    this.code = code;
    this.said = said;
  }
}

function bytes(base64url) {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

// [{ device, shift }], the latest first.
export async function devices() {
  const register = await open(REGISTER);
  const kept = (await register.get("devices")) || [];
  register.database.close();
  return kept;
}

async function change(compute) {
  const register = await open(REGISTER);
  await register.put({ devices: compute((await register.get("devices")) || []) });
  register.database.close();
}

export async function forget(device) {
  await change((kept) => kept.filter((one) => one.device !== device));
}

export async function latest(device) {
  await change((kept) => kept.filter((one) => one.device === device).concat(kept.filter((one) => one.device !== device)));
}

// What is needed to work with a device: { store, enrolment: { device, token, shift, number } }, or null when its store was emptied.
export async function opened(device) {
  const store = await open(`amiral-log-${device}`);
  const box = await store.get("app:enrolment");
  return box ? { store, enrolment: await store.unlock(box) } : null;
}

// Asks for a device with what one has: { assignment } of a list that this browser may see, or the { number } of a list.
export async function enrolled(asked, { ask = (...all) => fetch(...all) } = {}) {
  const said = await answer(asked, ask);
  const store = await open(`amiral-log-${said.device}`);
  const key = await importKey(bytes(said.key));
  const enrolment = { device: said.device, token: said.token, shift: said.shift, number: said.number };
  await store.put({ key, "app:enrolment": await store.lock(enrolment) });
  if (!(await store.load())) {
    await store.keep(newPhone(said.device), [], await store.version());
  }
  await change((kept) => [{ device: said.device, shift: said.shift }].concat(kept.filter((one) => one.device !== said.device)));
  return { store, enrolment, packs: said.packs || [] };
}

async function answer(asked, ask) {
  let found;
  let said;
  try {
    found = await ask(ADDRESS, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      body: JSON.stringify(asked),
    });
    said = await found.json().catch(() => ({}));
  } catch (problem) {
    throw new NotEnrolled("offline");
  }
  if (!found.ok) {
    throw new NotEnrolled(CODES[found.status] || "server", said.error || "");
  }
  return said;
}
