// Two phones without network: what one shows as QR codes, the other reads, and the other way round.
//
// A message is the JSON of sealed events. It travels as frames (log/frames.js) through a camera, or as text or a file.

import { frames, joined, possible } from "../log/frames.js";

const MOST_AHEAD = 100000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FRAME = /AM1\/[0-9A-F]{8}\/[0-9]{1,3}\/[0-9]{1,3}\/[0-9A-Z $%*+\-./:]*/g;
const FIELDS = {
  visit: { door: id, outcome: text, units: list, replaces: id, seconds: count },
  void: { door: id, target: id },
  objection: { turf: id, point: id },
};
const NEEDED = { visit: ["door", "outcome"], void: ["door", "target"], objection: ["turf", "point"] };
const ENVELOPE = { v: count, id, device: id, seq: count, lam: count, at: text, form: count, kind: text, seal: text };

function id(value) {
  return typeof value === "string" && UUID.test(value);
}

function text(value) {
  return typeof value === "string" && value.length <= 80;
}

function count(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function list(value) {
  return Array.isArray(value) && value.length <= 200 && value.every(text);
}

// Whether something that was read is an event that may be kept and carried. Its seal is the server's to check.
export function isEvent(said, lam) {
  if (said === null || typeof said !== "object" || Array.isArray(said) || !Object.prototype.hasOwnProperty.call(FIELDS, said.kind)) {
    return false;
  }
  const allowed = { ...ENVELOPE, ...FIELDS[said.kind] };
  const needed = Object.keys(ENVELOPE).concat(NEEDED[said.kind]);
  return (
    needed.every((name) => name in said) &&
    Object.keys(said).every((name) => Object.prototype.hasOwnProperty.call(allowed, name) && allowed[name](said[name])) &&
    said.lam <= lam + MOST_AHEAD
  );
}

// What a partner may not have: everything, or only what no server has answered for.
export function toShow(phone, all) {
  const events = [...phone.log.values()];
  return all ? events : events.filter((event) => phone.unsent.has(event.id));
}

export function packed(events) {
  return frames(new TextEncoder().encode(JSON.stringify(events)));
}

export function written(events) {
  return JSON.stringify(events);
}

export class Unreadable extends Error {}

// A message in any of its forms: the JSON itself, or all its frames in any order. Rejects with Unreadable, or resolves with null
// while frames are missing.
export async function read(said) {
  if (said.trim().startsWith("[")) {
    return events(said);
  }
  const found = said.match(FRAME) || [];
  if (!found.length) {
    throw new Unreadable("nothing of ours");
  }
  return fromFrames(found);
}

async function fromFrames(found) {
  const bytes = await joined(found).catch((problem) => {
    throw new Unreadable(problem.message);
  });
  return bytes && events(new TextDecoder().decode(bytes));
}

function events(json) {
  let said;
  try {
    said = JSON.parse(json);
  } catch (problem) {
    throw new Unreadable("not JSON");
  }
  if (!Array.isArray(said)) {
    throw new Unreadable("not a list");
  }
  return said;
}

// Frames as the camera finds them, in any order, each as often as it likes; another message begins anew.
export class Collector {
  constructor() {
    this.name = null;
    this.frames = new Map();
    this.of = 0;
  }

  // → { have, of, fresh, events: null while frames are missing }.
  async add(frame) {
    const found = /^AM1\/([0-9A-F]{8})\/([0-9]{1,3})\/([0-9]{1,3})\//.exec(frame);
    if (!found) {
      return { have: this.frames.size, of: this.of, fresh: false, events: null };
    }
    if (found[1] !== this.name) {
      this.name = found[1];
      this.frames = new Map();
      this.of = Number(found[3]);
    }
    const fresh = !this.frames.has(found[2]);
    this.frames.set(found[2], frame);
    const done = fresh && this.frames.size >= this.of;
    return { have: this.frames.size, of: this.of, fresh, events: done ? await this.joinedOrAnew() : null };
  }

  async joinedOrAnew() {
    try {
      return await fromFrames([...this.frames.values()]);
    } catch (problem) {
      this.frames = new Map();
      throw problem;
    }
  }
}

// Takes what was read into the notebook. → { taken: new here, known: here before, refused: not events }.
export async function take(book, said) {
  const phone = await book.phone();
  const good = said.filter((event) => isEvent(event, phone.lam));
  const taken = await book.exchange(good);
  return { taken, known: good.length - taken, refused: said.length - good.length };
}

// Whether this browser can show and read codes at all.
export function canShow() {
  return possible();
}

export function canSee() {
  return possible() && Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

// Draws a frame as a QR code, dark on white whatever the colours of the page, in whole pixels.
export async function drawer() {
  const { default: encode } = await import("../../qr/index.js");
  return (canvas, frame) => {
    const dots = encode(frame, "raw", { ecc: "medium", encoding: "alphanumeric", border: 4 });
    const scale = Math.max(2, Math.floor(1080 / dots.length));
    canvas.width = dots.length * scale;
    canvas.height = canvas.width;
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#ffffff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.fillStyle = "#000000";
    dots.forEach((row, y) => row.forEach((dark, x) => dark && brush.fillRect(x * scale, y * scale, scale, scale)));
  };
}

// A function from a picture (video, canvas, bitmap) to the texts of the codes in it.
export async function reader({ native = true } = {}) {
  const detector = native && (await ownDetector());
  if (detector) {
    return async (picture) => (await detector.detect(picture)).map((code) => code.rawValue);
  }
  const { default: decode } = await import("../../qr/decode.js");
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  return async (picture) => {
    const [width, height] = sizeOf(picture);
    const scale = Math.min(1, 720 / Math.max(width, height, 1));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
    try {
      return [decode(brush.getImageData(0, 0, canvas.width, canvas.height))];
    } catch (problem) {
      return [];
    }
  };
}

function sizeOf(picture) {
  return [picture.videoWidth || picture.width, picture.videoHeight || picture.height];
}

// The browser's own reader is faster, where it is there and knows these codes.
async function ownDetector() {
  try {
    const known = await window.BarcodeDetector.getSupportedFormats();
    return known.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch (problem) {
    return null;
  }
}
