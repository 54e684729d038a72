// How long we have been at a door, in seconds. Survives the browser putting the page away.

const MOST_SECONDS = 21600;
const KEY = "amiral-door-timer";

export function secondsBetween(since, now) {
  const seconds = Math.round((now - since) / 1000);
  return Math.max(0, Math.min(MOST_SECONDS, seconds || 0));
}

export function clockFace(seconds) {
  const rest = String(seconds % 60).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

export class Timer {
  constructor(storage, now = () => Date.now()) {
    this.storage = storage;
    this.now = now;
    this.started = read(storage);
  }

  // Begins at a door, or goes on if we are still there.
  at(door) {
    if (this.started.door !== door) {
      this.restart(door);
    }
  }

  restart(door) {
    this.started = { door, since: this.now() };
    try {
      this.storage.setItem(KEY, JSON.stringify(this.started));
    } catch (problem) {
      // A full or forbidden storage: the time is then only in memory.
    }
  }

  seconds(door) {
    return this.started.door === door ? secondsBetween(this.started.since, this.now()) : 0;
  }
}

function read(storage) {
  try {
    return JSON.parse(storage.getItem(KEY)) || {};
  } catch (problem) {
    return {};
  }
}
