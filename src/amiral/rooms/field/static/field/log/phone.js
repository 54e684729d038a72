// What a phone keeps and does: plain objects in, plain objects out. Equal to amiral.cores.sync.phone.
//
// A phone is { device, form, seq, lam, log: Map of id → sealed event, unsent: Set of ids, troubles: Map of id → reason }.

import { VERSION, compare } from "./events.js";

export const MOST_EVENTS = 50;
const KEPT = new Set(["stored", "duplicate", "quarantined"]);

export function newPhone(device) {
  return { device, form: VERSION, seq: 0, lam: 0, log: new Map(), unsent: new Set(), troubles: new Map() };
}

// The next event, not sealed and not kept yet: the caller seals it, and keeps it before it is shown as kept.
export function nextEvent(phone, body, { id, at }) {
  return {
    v: VERSION,
    id,
    device: phone.device,
    seq: phone.seq + 1,
    lam: Math.min(phone.lam + 1, Number.MAX_SAFE_INTEGER), // a partner's counter may be a lie: then it waits for a person
    at,
    form: phone.form,
    ...body,
  };
}

export function recorded(phone, event) {
  return {
    ...phone,
    seq: event.seq,
    lam: event.lam,
    log: new Map(phone.log).set(event.id, event),
    unsent: new Set(phone.unsent).add(event.id),
  };
}

export function batch(phone) {
  const waiting = [...phone.unsent].map((id) => phone.log.get(id)).sort(compare);
  return waiting.slice(0, MOST_EVENTS);
}

// answers: object of id → { status, why }. Only ids that were sent and that the answer names.
export function answered(phone, answers) {
  const unsent = new Set(phone.unsent);
  const troubles = new Map(phone.troubles);
  for (const [id, answer] of Object.entries(answers)) {
    if (!unsent.delete(id)) {
      continue;
    }
    if (!KEPT.has(answer.status)) {
      troubles.set(id, answer.why || null);
    }
  }
  return { ...phone, unsent, troubles };
}

export function learned(phone, events, lam = 0) {
  const log = new Map(phone.log);
  let top = Math.max(phone.lam, lam);
  for (const event of events) {
    if (!log.has(event.id)) {
      log.set(event.id, event);
      top = Math.max(top, event.lam);
    }
  }
  return { ...phone, lam: top, log };
}

export function exchanged(phone, events) {
  const fresh = events.filter((event) => !phone.log.has(event.id));
  const unsent = new Set([...phone.unsent, ...fresh.map((event) => event.id)]);
  return { ...learned(phone, fresh), unsent };
}
