// The tour pack on the phone: fetched, checked, kept encrypted, wiped in time. docs/field-app.md, "The pack".
//
// `store` is the Store of log/store.js of the device that walks: one lies in its "state" table as "pack:<assignment>",
// encrypted under the vault key, which no script can read.

import { canonical } from "../log/events.js";
import { completed, settled } from "../log/store.js";

export const VERSION = 1;
const PER_DEGREE = 100000;
const PREFIX = "pack:";
const PATIENCE = 60000;
const encoder = new TextEncoder();

// `code` is "damaged", "too-new" or "expired": the page has a sentence for each.
export class PackRefused extends Error {
  constructor(code) {
    super(code);
    this.name = "PackRefused";
    this.code = code;
  }
}

const STATUS = { 304: "same", 404: "foreign", 410: "over", 429: "busy" };

// { status, text?, wait? (milliseconds), date }: "new", "same", "revoked", "unknown", "foreign", "over", "busy" or "offline". Never throws.
export async function fetchPack({ assignment, token, language = "fr", digest = "" }, { ask = (...all) => fetch(...all) } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (digest) {
    headers["If-None-Match"] = `"${digest}"`;
  }
  const address = `/terrain/app/paquets/${assignment}.json?langue=${language}`;
  // The signal is aborted by hand: AbortSignal.timeout is younger than the phones in people's pockets.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await ask(address, { headers, credentials: "omit", cache: "no-store", signal: patience.signal });
    return { ...(await said(answer)), date: answer.headers.get("Date") };
  } catch (problem) {
    return { status: "offline", date: null };
  } finally {
    clearTimeout(timer);
  }
}

async function said(answer) {
  if (answer.status === 200) {
    return { status: "new", text: await answer.text() };
  }
  if (answer.status === 401) {
    const { why } = await answer.json().catch(() => ({}));
    return { status: why === "revoked" ? "revoked" : "unknown" };
  }
  const wait = 1000 * (Number(answer.headers.get("Retry-After")) || 60);
  return { status: STATUS[answer.status] || "offline", wait };
}

// The pack as sent, once its version and its digest are right.
async function checked(text) {
  let pack;
  try {
    pack = JSON.parse(text);
  } catch (problem) {
    throw new PackRefused("damaged");
  }
  if (pack === null || typeof pack !== "object" || Array.isArray(pack) || !Number.isSafeInteger(pack.v) || pack.v < 1) {
    throw new PackRefused("damaged");
  }
  // Later first: how a later pack is digested is not this program's to say.
  if (pack.v > VERSION) {
    throw new PackRefused("too-new");
  }
  const { digest, ...content } = pack;
  if (digest !== (await sum(content))) {
    throw new PackRefused("damaged");
  }
  return pack;
}

async function sum(content) {
  let bytes;
  try {
    bytes = encoder.encode(canonical(content));
  } catch (problem) {
    return null;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Longitude and latitude in degrees of each place of a delta-coded line.
export function places(line) {
  const found = [];
  let [x, y] = [0, 0];
  for (let i = 0; i + 1 < line.length; i += 2) {
    x += line[i];
    y += line[i + 1];
    found.push([x / PER_DEGREE, y / PER_DEGREE]);
  }
  return found;
}

// The pack decoded. Rejects with PackRefused.
export async function readPack(text) {
  const pack = await checked(text);
  try {
    return decoded(pack);
  } catch (problem) {
    throw new PackRefused("damaged");
  }
}

function decoded(pack) {
  const street = (place) => (place ? pack.names[place - 1] : "");
  const { names, ...rest } = pack;
  return {
    ...rest,
    doors: doors(pack.doors, street),
    walk: places(pack.walk),
    streets: pack.streets.map((one) => ({ name: street(one.name), class: one.class, line: places(one.line) })),
  };
}

function doors(said, street) {
  let [x, y] = [0, 0];
  return said.map((one) => {
    x += one.at[0];
    y += one.at[1];
    return door(one, street(one.street), x / PER_DEGREE, y / PER_DEGREE);
  });
}

// What was left out said nothing.
function door(one, street, lon, lat) {
  const number = one.number || "";
  return {
    id: one.id,
    n: one.n,
    label: one.label || `${number} ${street}`.trim(),
    number,
    street,
    lon,
    lat,
    dwellings: one.dwellings || 0,
    origin: one.origin || 0,
    floors: one.floors || 0,
    lift: Boolean(one.lift),
    wish: Boolean(one.wish),
    last: one.last || null,
    done: one.done || 0,
    again: one.again || "",
    caution: one.caution || [],
    way: one.way || "",
    hand: one.hand || "ahead",
    side: one.side ? { ...side, ...one.side, crosses: Boolean(one.side.crosses), line: places(one.side.line) } : null,
  };
}

const side = { side: "", hand: "", numbers: "", part: "", crosses: false, metres: 0, line: [] };

// Keeps the pack as it was sent; resolves with the decoded one when the phone has it durably.
export async function keepPack(store, text) {
  const pack = await readPack(text);
  const { assignment, digest, stamp, until, expires } = pack;
  if (Date.parse(expires) <= (await bestNow(store))) {
    throw new PackRefused("expired");
  }
  const box = await store.lock({ text });
  await store.put({ [PREFIX + assignment]: { box, assignment, digest, stamp, until, expires } });
  return pack;
}

// The decoded pack, or null. A damaged one is thrown away, so that the next fetch brings a whole one; PackRefused says so.
export async function loadPack(store, assignment) {
  const kept = await store.get(PREFIX + assignment);
  if (!kept) {
    return null;
  }
  if (Date.parse(kept.expires) <= (await bestNow(store))) {
    await wipePack(store, assignment);
    return null;
  }
  try {
    return await readPack((await store.unlock(kept.box)).text);
  } catch (problem) {
    if (!(problem instanceof PackRefused) || problem.code === "damaged") {
      await wipePack(store, assignment);
      throw new PackRefused("damaged");
    }
    throw problem;
  }
}

// [{ assignment, digest, stamp, until, expires }], the lease that ends first in front.
export async function listPacks(store) {
  const kept = await everything(store);
  return kept
    .map(({ box, ...rest }) => rest)
    .sort((one, other) => (one.until < other.until ? -1 : one.until > other.until ? 1 : 0));
}

function everything(store) {
  const table = store.database.transaction("state").objectStore("state");
  return settled(table.getAll(IDBKeyRange.bound(PREFIX, `${PREFIX}\uffff`)));
}

export async function wipePack(store, assignment) {
  await wiped(store, [PREFIX + assignment]);
}

async function wiped(store, keys) {
  const transaction = store.write(["state"]);
  for (const key of keys) {
    transaction.objectStore("state").delete(key);
  }
  await completed(transaction);
}

// Wipes what has expired by the phone's best knowledge of time; resolves with the assignments. Events are never touched.
export async function expirePacks(store, now) {
  const moment = now === undefined ? await bestNow(store) : now;
  const over = (await everything(store)).filter(({ expires }) => !(Date.parse(expires) > moment));
  if (over.length) {
    await wiped(store, over.map(({ assignment }) => PREFIX + assignment));
  }
  return over.map(({ assignment }) => assignment);
}

// Everything leaves a revoked phone, key included, once nothing waits to be sent: one transaction looks and wipes, so that what
// another tab records in between is not lost. Resolves with whether it is done.
export async function wipeRevoked(store) {
  const packs = (await everything(store)).map(({ assignment }) => PREFIX + assignment);
  const transaction = store.write(["events", "state"]);
  const state = transaction.objectStore("state");
  let empty = false;
  const phone = state.get("phone");
  phone.onsuccess = () => {
    empty = !phone.result || phone.result.unsent.length === 0;
    if (empty) {
      transaction.objectStore("events").clear();
      state.clear();
    } else {
      packs.forEach((key) => state.delete(key));
    }
  };
  await completed(transaction);
  return empty;
}

// The server's word on the time, from the Date of any of its answers.
export async function tellTime(store, date, clock = Date.now()) {
  const told = Date.parse(date || "");
  if (told > 0) {
    await store.put({ time: { ahead: told - clock, latest: Math.max(told, await bestNow(store, clock)) } });
  }
}

// Milliseconds: the phone's clock, corrected by what the server said, and never earlier than what was known before.
export async function bestNow(store, clock = Date.now()) {
  const time = await store.get("time");
  return time ? Math.max(clock + time.ahead, time.latest) : clock;
}
