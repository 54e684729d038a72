// What the screens show: the pack, the log's state, and what the team entered about buildings. Plain objects, no page.

import { undoes } from "../log/events.js";
import { WHOLE, fold, standing } from "../log/fold.js";

export const DO_NOT_COME_BACK = "do-not-come-back";
const MOST_FLOORS = 60;
const MOST_PER_FLOOR = 40;
const MOST_UNITS = 200;

// A building as rows of dwellings, from the top down: { top, ground, per } → [{ floor, units: ["3.1", …] }].
export function rows(layout) {
  const lowest = layout.ground ? 0 : 1;
  const floors = [];
  for (let floor = layout.top; floor >= lowest; floor -= 1) {
    floors.push({ floor, units: Array.from({ length: layout.per }, (_, i) => `${floor}.${i + 1}`) });
  }
  return floors;
}

export function dwellingsOf({ top, ground, per }) {
  return (top + (ground ? 1 : 0)) * per;
}

// What may be entered; anything else is drawn to the nearest that may. Never more dwellings than one visit can name.
export function checkedLayout({ top, per, ground }) {
  const highest = within(top, ground ? 0 : 1, MOST_FLOORS);
  const floors = highest + (ground ? 1 : 0);
  return { top: highest, per: within(per, 1, Math.min(MOST_PER_FLOOR, Math.floor(MOST_UNITS / floors))), ground: Boolean(ground) };
}

function within(value, least, most) {
  return Math.max(least, Math.min(most, Math.round(Number(value)) || least));
}

// From what the pack knows: as many floors as the address has, else four dwellings on each.
function guessedLayout(door) {
  const dwellings = Math.max(2, door.dwellings || 2);
  const top = door.floors || Math.max(1, Math.ceil(dwellings / 4) - 1);
  return checkedLayout({ top, ground: true, per: Math.ceil(dwellings / (top + 1)) });
}

export function isBuilding(door, layouts, isRounds) {
  return !isRounds && Boolean(layouts[door.id] || door.dwellings > 1);
}

export function layoutOf(door, layouts) {
  return layouts[door.id] || guessedLayout(door);
}

// The rows of a building, with dwellings that a partner named and that our layout does not have.
export function floorsOf(door, layouts, state) {
  const floors = rows(layoutOf(door, layouts));
  const known = new Set([].concat(...floors.map((row) => row.units)));
  const others = state ? [...state.units.keys()].filter((unit) => unit !== WHOLE && !known.has(unit)) : [];
  others.sort().forEach((unit) => {
    const floor = Number(unit.split(".")[0]);
    const row = floors.find((one) => one.floor === floor);
    if (row) {
      row.units.push(unit);
    } else {
      floors.push({ floor, units: [unit] });
    }
  });
  return floors.sort((one, other) => other.floor - one.floor);
}

// The dwelling to ring at next: the first without an answer, from the top down; null when all have one.
export function nextUnit(floors, state, after = null) {
  const all = [].concat(...floors.map((row) => row.units));
  const open = all.filter((unit) => !state || !state.units.has(unit));
  const behind = open.find((unit) => all.indexOf(unit) > all.indexOf(after));
  return (after !== null && behind) || open[0] || null;
}

// How far an address is: { done, of } in dwellings. The rule of the plain list and of the coverage too (amiral.cores.outcomes.homes_of): a visit
// that speaks of the whole address says that it is done; else as many as visits name. What the team told of the building outranks the pack.
export function homesOf(door, layouts, state, isRounds) {
  const named = state ? [...state.units.keys()].filter((unit) => unit !== WHOLE).length : 0;
  const layout = layouts[door.id];
  const known = layout ? dwellingsOf(layout) : door.dwellings;
  const of = Math.max(1, known || 0, named);
  const last = state ? state.last : door.last;
  if (!last || (isRounds && last.outcome === "come-back")) {
    return { done: 0, of };
  }
  if (isRounds || !state) {
    return { done: (!isRounds && door.done) || of, of };
  }
  return { done: state.units.has(WHOLE) ? of : named, of };
}

export class Model {
  // pack: decoded; phone: of the notebook (or null); layouts: by door; order: ids in an order of our own, or null.
  constructor({ pack, phone, layouts = {}, order = null, given = [] }) {
    this.pack = pack;
    this.phone = phone;
    this.layouts = layouts;
    this.given = new Set(given);
    this.isRounds = pack.canvass.kind === "leaflet-rounds";
    const events = phone ? [...phone.log.values()] : [];
    this.state = fold(events);
    this.standing = standing(events);
    this.undone = new Set(events.map(undoes).filter(Boolean));
    this.byId = new Map(pack.doors.map((door) => [door.id, door]));
    this.doors = arranged(pack.doors, order, this.byId);
  }

  stateOf(door) {
    return this.state.doors.get(door.id) || null;
  }

  // "wish": not to be visited; "given": for the other half of the team; "done", "begun", "todo".
  statusOf(door) {
    const state = this.stateOf(door);
    if (door.wish || (state && state.last.outcome === DO_NOT_COME_BACK && !this.isPart(state))) {
      return "wish";
    }
    const status = this.progressOf(door, state);
    return this.given.has(door.id) && status === "todo" ? "given" : status;
  }

  isPart(state) {
    return !state.units.has(WHOLE);
  }

  progressOf(door, state) {
    if (door.again && (!state || state.last.id === door.again)) {
      return "todo";
    }
    const { done, of } = this.homesOf(door);
    return done === of ? "done" : state || door.last ? "begun" : "todo";
  }

  homesOf(door) {
    return homesOf(door, this.layouts, this.stateOf(door), this.isRounds);
  }

  // Doors still to be done by this phone, in walking order.
  get left() {
    return this.doors.filter((door) => ["todo", "begun"].includes(this.statusOf(door)));
  }

  get done() {
    return this.doors.filter((door) => ["done", "wish"].includes(this.statusOf(door))).length;
  }

  // The next door behind `door` on the walk, else the first one that is left.
  nextAfter(door) {
    const left = this.left.filter((one) => !door || one.id !== door.id);
    const at = door ? this.doors.indexOf(door) : -1;
    return left.find((one) => this.doors.indexOf(one) > at) || left[0] || null;
  }

  // [{ street, doors }]: doors of one street that follow each other.
  get streets() {
    const streets = [];
    this.doors.forEach((door) => {
      const last = streets[streets.length - 1];
      if (last && last.street === door.street) {
        last.doors.push(door);
      } else {
        streets.push({ street: door.street, doors: [door] });
      }
    });
    return streets;
  }

  // What counts at a door, the newest first.
  entriesOf(door) {
    return this.standing.filter((event) => event.door === door.id).reverse();
  }

  isOwn(event) {
    return Boolean(this.phone) && event.device === this.phone.device;
  }

  get unsent() {
    return this.phone ? this.phone.unsent.size : 0;
  }

  objectionsTo(point) {
    return this.state.objections.get(`${this.pack.turf.id} ${point}`) || 0;
  }

  // Visits of the pack's doors: { own, others, last: the newest of somebody else or null }.
  get team() {
    const visits = this.standing.filter((event) => event.kind === "visit" && this.byId.has(event.door));
    const others = visits.filter((event) => !this.isOwn(event));
    return { own: visits.length - others.length, others: others.length, last: others[others.length - 1] || null };
  }

  // Events that the server would not take, and that are not undone or recorded again: [{ event, why }].
  get troubles() {
    return this.phone
      ? [...this.phone.troubles].map(([id, why]) => ({ event: this.phone.log.get(id), why })).filter(({ event }) => event)
      : [];
  }
}

function arranged(doors, order, byId) {
  if (!order) {
    return doors.slice();
  }
  const first = order.map((id) => byId.get(id)).filter(Boolean);
  const there = new Set(first);
  return first.concat(doors.filter((door) => !there.has(door)));
}

// Our own order: doors that are done stay at the front, as they were; then what is left, in the new order.
export function orderOf(model, left) {
  const moved = new Set(left.map((door) => door.id));
  return model.doors.filter((door) => !moved.has(door.id)).map((door) => door.id).concat(left.map((door) => door.id));
}

// device → [[first, last], …]: what this phone holds, so that the server tells it only what is new.
export function held(phone) {
  const numbers = new Map();
  phone.log.forEach((event) => {
    const list = numbers.get(event.device) || [];
    list.push(event.seq);
    numbers.set(event.device, list);
  });
  const ranges = {};
  numbers.forEach((list, device) => {
    ranges[device] = rangesOf(list.sort((one, other) => one - other));
  });
  return ranges;
}

function rangesOf(sorted) {
  const ranges = [];
  sorted.forEach((number) => {
    const last = ranges[ranges.length - 1];
    if (last && number <= last[1] + 1) {
      last[1] = Math.max(last[1], number);
    } else {
      ranges.push([number, number]);
    }
  });
  return ranges;
}
