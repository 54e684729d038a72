// The state that a set of events says: the same on every phone and on the server.

import { compare, undoes } from "./events.js";

export const WHOLE = "";

// Visits and objections that count, in the order of the log.
export function standing(events) {
  const unique = new Map(events.map((event) => [event.id, event]));
  const undone = new Set();
  for (const event of unique.values()) {
    const target = unique.get(undoes(event));
    if (target && target !== event && target.door === event.door) {
      undone.add(target.id);
    }
  }
  return [...unique.values()]
    .filter((event) => event.kind !== "void" && !undone.has(event.id))
    .sort(compare);
}

// { doors: Map of door → { last, units: Map of unit → event, counts: { outcome: number } }, objections: Map of "turf point" → number }
export function fold(events) {
  const doors = new Map();
  const objections = new Map();
  for (const event of standing(events)) {
    if (event.kind === "objection") {
      const key = `${event.turf} ${event.point}`;
      objections.set(key, (objections.get(key) || 0) + 1);
    } else if (event.kind === "visit") {
      addVisit(doors, event);
    }
  }
  return { doors, objections };
}

function addVisit(doors, event) {
  const state = doors.get(event.door) || { units: new Map(), counts: {} };
  state.last = event;
  for (const unit of event.units || [WHOLE]) {
    state.units.set(unit, event);
  }
  state.counts[event.outcome] = (state.counts[event.outcome] || 0) + 1;
  doors.set(event.door, state);
}
