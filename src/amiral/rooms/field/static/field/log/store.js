// The phone's store: IndexedDB, encrypted at rest, durable before "kept" is said.
//
// Two tables: "events" holds one encrypted record per event, by id; "state" holds the small rest (numbers, outbox, keys). Keys are
// CryptoKey objects that the browser keeps and that no script can read.

import { newPhone } from "./phone.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// What a request of the database answers.
export function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Resolves when the transaction is over and durable, not when its last request is answered.
export function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error || new Error("The phone's store gave up."));
    transaction.onerror = () => reject(transaction.error);
  });
}

export async function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("events");
    request.result.createObjectStore("state");
  };
  return new Store(await settled(request));
}

export class Store {
  constructor(database, durability = "strict") {
    this.database = database;
    this.durability = durability;
    this.opened = new Map();
    this.database.onversionchange = () => this.database.close();
  }

  // "strict": complete is told only when the disk has it. The default of Chromium loses seconds of work when the battery is pulled.
  write(tables) {
    return this.database.transaction(tables, "readwrite", { durability: this.durability });
  }

  async get(key) {
    return settled(this.database.transaction("state").objectStore("state").get(key));
  }

  async put(values) {
    const transaction = this.write(["state"]);
    for (const [key, value] of Object.entries(values)) {
      transaction.objectStore("state").put(value, key);
    }
    await completed(transaction);
  }

  // The key that encrypts what lies on this phone; made here, and readable by nobody.
  async vault() {
    const found = await this.get("vault");
    if (found) {
      return found;
    }
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const transaction = this.write(["state"]);
    const table = transaction.objectStore("state");
    const first = table.get("vault");
    first.onsuccess = () => first.result || table.put(made, "vault");
    await completed(transaction);
    return this.get("vault");
  }

  async lock(event) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const vault = await this.vault();
    const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, vault, encoder.encode(JSON.stringify(event)));
    return { iv, box };
  }

  async unlock({ iv, box }) {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await this.vault(), box);
    return JSON.parse(decoder.decode(text));
  }

  async load() {
    const transaction = this.database.transaction(["events", "state"]);
    const ids = settled(transaction.objectStore("events").getAllKeys());
    const boxes = settled(transaction.objectStore("events").getAll());
    const state = settled(transaction.objectStore("state").get("phone"));
    const [names, locked, kept] = [await ids, await boxes, await state];
    if (!kept) {
      return null;
    }
    const events = await this.unlocked(names, locked);
    return {
      ...newPhone(kept.device),
      form: kept.form,
      seq: kept.seq,
      lam: kept.lam,
      log: new Map(events.map((event) => [event.id, event])),
      unsent: new Set(kept.unsent),
      troubles: new Map(kept.troubles),
    };
  }

  // An event never changes, so it is deciphered once: an old phone with a day's log would wait at every tap.
  async unlocked(names, locked) {
    const events = await Promise.all(names.map(async (id, i) => this.opened.get(id) || this.unlock(locked[i])));
    this.opened = new Map(names.map((id, i) => [id, events[i]]));
    return events;
  }

  // Keeps `phone`, whose events of the ids `fresh` are not in the store yet: all of it, or nothing. Resolves when it is durable.
  //
  // `before` is the state that the phone was read in: another tab may have written since, and then nothing is written ("stale").
  async keep(phone, fresh, before) {
    const boxes = await Promise.all(fresh.map(async (id) => [id, await this.lock(phone.log.get(id))]));
    const transaction = this.write(["events", "state"]);
    const state = transaction.objectStore("state");
    const events = transaction.objectStore("events");
    let stale = false;
    const version = state.get("version");
    version.onsuccess = () => {
      if ((version.result || 0) !== before) {
        stale = true;
        transaction.abort();
        return;
      }
      for (const [id, box] of boxes) {
        events.put(box, id);
      }
      state.put(small(phone), "phone");
      state.put(before + 1, "version");
    };
    try {
      await completed(transaction);
    } catch (problem) {
      if (!stale) {
        throw problem;
      }
    }
    return !stale;
  }

  async version() {
    return (await this.get("version")) || 0;
  }

  // Everything of the pack leaves the phone: with the key gone, what a disk may still hold cannot be read.
  async wipe() {
    const transaction = this.write(["events", "state"]);
    transaction.objectStore("events").clear();
    transaction.objectStore("state").clear();
    await completed(transaction);
  }
}

function small(phone) {
  return {
    device: phone.device,
    form: phone.form,
    seq: phone.seq,
    lam: phone.lam,
    unsent: [...phone.unsent],
    troubles: [...phone.troubles],
  };
}
