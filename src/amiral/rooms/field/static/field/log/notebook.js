// The notebook: one phone's log, kept in its store, shared by all tabs, sent when there is a network.
//
// Every change is read → compute → keep, and repeated when another tab was faster. "Kept" is said when keep() resolves.

import { bare, sealed } from "./events.js";
import { fold } from "./fold.js";
import { answered, batch, exchanged, learned, newPhone, nextEvent, recorded } from "./phone.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 300000;

// crypto.randomUUID is younger than the phones in people's pockets.
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Notebook {
  constructor(store, { send, now = () => new Date().toISOString(), newId = randomId }) {
    this.store = store;
    this.send = send;
    this.now = now;
    this.newId = newId;
    this.sending = null;
    this.wait = FIRST_WAIT;
  }

  // Registers the phone once: `key` is a CryptoKey made by importKey.
  async enrol(device, key) {
    await this.store.put({ key });
    if (!(await this.store.load())) {
      await this.store.keep(newPhone(device), [], await this.store.version());
    }
  }

  async phone() {
    return this.store.load();
  }

  async state() {
    return fold([...(await this.phone()).log.values()].map(bare));
  }

  // change(phone) → [next phone, ids of new events, answer]; again and again until no other tab was in between.
  async change(compute) {
    for (;;) {
      const before = await this.store.version();
      const phone = await this.store.load();
      const [next, fresh, answer] = await compute(phone);
      if (await this.store.keep(next, fresh, before)) {
        return answer;
      }
    }
  }

  // Resolves with the event when it is durable, and only then.
  async record(body) {
    const key = await this.store.get("key");
    return this.change(async (phone) => {
      const event = await sealed(nextEvent(phone, body, { id: this.newId(), at: this.now() }), key);
      return [recorded(phone, event), [event.id], event];
    });
  }

  async exchange(events) {
    return this.change((phone) => {
      const next = exchanged(phone, events);
      return [next, [...next.log.keys()].filter((id) => !phone.log.has(id)), next.log.size - phone.log.size];
    });
  }

  // Sends until the outbox is empty. Resolves with what is left; never throws for want of network.
  flush() {
    this.sending = this.sending || this.flushOnce().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  async flushOnce() {
    for (;;) {
      const phone = await this.phone();
      const events = batch(phone);
      let answer;
      try {
        answer = await this.send({ device: phone.device, head: phone.seq, events });
      } catch (problem) {
        this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
        return { left: phone.unsent.size, wait: this.pause(), problem };
      }
      this.wait = FIRST_WAIT;
      const left = await this.absorb(answer);
      if (left === 0 || !events.some((event) => event.id in answer.answers)) {
        return { left, wait: 0 };
      }
    }
  }

  async absorb({ answers, news = [], lam = 0 }) {
    return this.change((phone) => {
      const next = learned(answered(phone, answers), news, lam);
      return [next, [...next.log.keys()].filter((id) => !phone.log.has(id)), next.unsent.size];
    });
  }

  // Milliseconds until the next try: doubles up to five minutes, with chance, so that a thousand phones do not come back at once.
  pause() {
    return Math.round(this.wait * (0.5 + Math.random() / 2));
  }
}
