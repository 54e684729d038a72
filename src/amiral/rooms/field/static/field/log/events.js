// Events of the field log, written as docs/field-protocol.md says. Equal to amiral.cores.sync, byte by byte.

export const VERSION = 1;
const encoder = new TextEncoder();

// The one way to write a value: keys sorted, no blanks. Numbers are integers.
export function canonical(value) {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (value !== null && typeof value === "object") {
    const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${fields.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError("Only integers are written in the log.");
  }
  return JSON.stringify(value);
}

// The event without its seal: what is sealed and digested.
export function bare(event) {
  const { seal, ...rest } = event;
  return rest;
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function digest(event) {
  return hex(await crypto.subtle.digest("SHA-256", encoder.encode(canonical(bare(event)))));
}

// The phone's key: usable, and never readable again.
export function importKey(bytes) {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

export async function sealed(event, key) {
  const seal = hex(await crypto.subtle.sign("HMAC", key, encoder.encode(canonical(bare(event)))));
  return { ...bare(event), seal };
}

// The one order of all events: counter, device, number, id.
export function compare(one, other) {
  return (
    one.lam - other.lam ||
    order(one.device, other.device) ||
    one.seq - other.seq ||
    order(one.id, other.id)
  );
}

function order(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function undoes(event) {
  return event.kind === "visit" ? event.replaces : event.kind === "void" ? event.target : undefined;
}
