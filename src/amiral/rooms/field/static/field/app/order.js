// The order of the doors that are left, found again on the phone. Pure functions; the same answer for the same question.
//
// A door is { id, lon, lat, street, number, dwellings }, `from` a { lon, lat } or null. All lengths are of one metric: metres as
// the crow flies, and what it costs to cross the street or to go to another one, so that nobody zigzags between the pavements.

const RADIUS_M = 6371008.8;
const STREET_M = 25;
const SIDE_M = 15;
const MOST_ROUNDS = 12;
const SMALLEST_GAIN_M = 1e-6;

function metres(one, other) {
  const radians = Math.PI / 180;
  const x = (other.lon - one.lon) * radians * Math.cos(((one.lat + other.lat) / 2) * radians);
  const y = (other.lat - one.lat) * radians;
  return Math.sqrt(x * x + y * y) * RADIUS_M;
}

function parity(door) {
  const found = /\d+/.exec(door.number || "");
  return found ? Number(found[0]) % 2 : -1;
}

export function step(one, other) {
  if (one.street !== other.street) {
    return metres(one, other) + STREET_M;
  }
  return metres(one, other) + (parity(one) === parity(other) ? 0 : SIDE_M);
}

// Metres of the walk past `doors` in their order, the way from `from` to the first one included.
export function lengthOf(doors, from = null) {
  let sum = from && doors.length ? metres(from, doors[0]) : 0;
  for (let i = 1; i < doors.length; i += 1) {
    sum += step(doors[i - 1], doors[i]);
  }
  return sum;
}

// Every door once, never longer than the given order. Time grows as the square of the doors: 500 take some tenths of a second.
export function replanned(doors, from = null) {
  if (doors.length < 3) {
    return doors.length === 2 && better([doors[1], doors[0]], doors, from) ? [doors[1], doors[0]] : doors.slice();
  }
  const ways = new Ways(doors, from);
  const given = doors.map((_, i) => i);
  const back = given.slice().reverse();
  return [better(back.map((i) => doors[i]), doors, from) ? back : given, ways.nearest()]
    .map((order) => ways.improved(order).map((i) => doors[i]))
    .reduce((best, order) => (better(order, best, from) ? order : best), doors.slice());
}

function better(order, than, from) {
  return lengthOf(order, from) < lengthOf(than, from) - SMALLEST_GAIN_M;
}

// All steps between the doors, and the first step to each (nothing, when nobody knows where we stand).
class Ways {
  constructor(doors, from) {
    const size = doors.length;
    this.size = size;
    this.first = Float64Array.from(doors, (door) => (from ? metres(from, door) : 0));
    this.between = new Float64Array(size * size);
    for (let i = 0; i < size; i += 1) {
      for (let j = i + 1; j < size; j += 1) {
        const way = step(doors[i], doors[j]);
        this.between[i * size + j] = way;
        this.between[j * size + i] = way;
      }
    }
  }

  // From a place of the order to the next; -1 is where we stand, and behind the last door there is nothing to walk.
  way(order, i, j) {
    if (j >= this.size) {
      return 0;
    }
    return i < 0 ? this.first[order[j]] : this.between[order[i] * this.size + order[j]];
  }

  nearest() {
    const left = new Set(Array.from({ length: this.size }, (_, i) => i));
    const order = [];
    while (left.size) {
      let best = -1;
      let shortest = Infinity;
      left.forEach((door) => {
        const way = order.length ? this.between[order[order.length - 1] * this.size + door] : this.first[door];
        if (way < shortest) {
          shortest = way;
          best = door;
        }
      });
      order.push(best);
      left.delete(best);
    }
    return order;
  }

  improved(given) {
    const order = given.slice();
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const turned = this.turnParts(order);
      const moved = this.moveParts(order);
      if (!turned && !moved) {
        break;
      }
    }
    return order;
  }

  // 2-opt: walk a part the other way round (Croes 1958). The inner loops are written out: they are all of the time there is.
  turnParts(order) {
    const { size, between, first } = this;
    let changed = false;
    for (let i = 0; i < size - 1; i += 1) {
      for (let j = i + 1; j < size; j += 1) {
        const a = i ? order[i - 1] : -1;
        const b = order[i];
        const c = order[j];
        const before = a < 0 ? first[b] - first[c] : between[a * size + b] - between[a * size + c];
        const behind = j + 1 < size ? between[c * size + order[j + 1]] - between[b * size + order[j + 1]] : 0;
        if (before + behind > SMALLEST_GAIN_M) {
          turn(order, i, j);
          changed = true;
        }
      }
    }
    return changed;
  }

  // Or-opt: take up to three doors in a row elsewhere, either way round (Or 1976).
  moveParts(order) {
    let changed = false;
    for (let length = 1; length <= 3; length += 1) {
      for (let i = 0; i + length <= this.size; i += 1) {
        const place = this.bestPlace(order, i, length);
        if (place) {
          const part = order.splice(i, length);
          order.splice(place.at, 0, ...(place.turned ? part.reverse() : part));
          changed = true;
        }
      }
    }
    return changed;
  }

  bestPlace(order, i, length) {
    const { size, between, first } = this;
    const end = i + length - 1;
    const [head, tail] = [order[i] * size, order[end] * size];
    const closed = end + 1 < size ? this.way(order, i - 1, end + 1) : 0;
    const gain = this.way(order, i - 1, i) + this.way(order, end, end + 1) - closed;
    let best = null;
    let most = SMALLEST_GAIN_M;
    if (gain <= most) {
      return null;
    }
    for (let j = -1; j < size; j += 1) {
      if (j >= i - 1 && j <= end) {
        continue;
      }
      const next = j + 1 < size ? order[j + 1] : -1;
      const fromHead = j < 0 ? first[order[i]] : between[head + order[j]];
      const fromTail = j < 0 ? first[order[end]] : between[tail + order[j]];
      const opened = next < 0 ? 0 : j < 0 ? first[next] : between[order[j] * size + next];
      const straight = fromHead + (next < 0 ? 0 : between[tail + next]);
      const turned = fromTail + (next < 0 ? 0 : between[head + next]);
      const won = gain + opened - (straight < turned ? straight : turned);
      if (won > most) {
        most = won;
        best = { at: j < i ? j + 1 : j + 1 - length, turned: turned < straight };
      }
    }
    return best;
  }
}

function turn(order, i, j) {
  for (let a = i, b = j; a < b; a += 1, b -= 1) {
    const held = order[a];
    order[a] = order[b];
    order[b] = held;
  }
}

function work(door) {
  return 1 + Math.max(1, door.dwellings || 1);
}

// Half of the work (dwellings, and the way to each door) in one piece of the given order, near to `from`: { kept, left }.
// What is left is in the given order, for somebody else; a piece out of the middle pays for the gap that it leaves.
export function halved(doors, from = null) {
  if (doors.length < 2) {
    return { kept: doors.slice(), left: [] };
  }
  const sums = [0];
  doors.forEach((door, i) => sums.push(sums[i] + work(door)));
  const walked = [0];
  doors.forEach((door, i) => walked.push(i ? walked[i] + step(doors[i - 1], door) : 0));
  let best = null;
  for (let i = 0; i < doors.length; i += 1) {
    const j = endOfHalf(sums, i);
    const piece = j === null ? null : pieceOf(doors, walked, i, j, from);
    if (piece && (!best || piece.cost < best.cost - SMALLEST_GAIN_M)) {
      best = piece;
    }
  }
  const kept = doors.slice(best.i, best.j + 1);
  const left = doors.slice(0, best.i).concat(doors.slice(best.j + 1));
  return { kept: best.turned ? kept.reverse() : kept, left };
}

// The last door of the piece from `i` whose work is nearest to half; null when what follows is too little.
function endOfHalf(sums, i) {
  const half = sums[sums.length - 1] / 2;
  const doors = sums.length - 1;
  let j = i;
  while (j + 1 < doors && sums[j + 1] - sums[i] < half) {
    j += 1;
  }
  const over = sums[j + 1] - sums[i] - half;
  if (over < 0 && i > 0) {
    return null;
  }
  if (j > i && half - (sums[j] - sums[i]) < over) {
    j -= 1;
  }
  return i === 0 && j === doors - 1 ? j - 1 : j;
}

function pieceOf(doors, walked, i, j, from) {
  const gap = i > 0 && j + 1 < doors.length ? step(doors[i - 1], doors[j + 1]) : 0;
  const ahead = from ? metres(from, doors[i]) : 0;
  const behind = from ? metres(from, doors[j]) : 0;
  const turned = behind < ahead - SMALLEST_GAIN_M;
  return { i, j, turned, cost: walked[j + 1] - walked[i + 1] + gap + (turned ? behind : ahead) };
}
