// Bytes as a loop of small texts, each a QR code. Equal to amiral.cores.sync.frames (the packed bytes may differ: two zlibs).

export const PART = 240;
const MOST_FRAMES = 400;
const MOST_BYTES = 1000000;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

export class BadFrame extends Error {}

export function base45(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let rest = pair ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
    for (let j = 0; j < (pair ? 3 : 2); j += 1) {
      text += ALPHABET[rest % 45];
      rest = Math.floor(rest / 45);
    }
  }
  return text;
}

export function unbase45(text) {
  if (text.length % 3 === 1) {
    throw new BadFrame("not base 45");
  }
  const bytes = [];
  for (let i = 0; i < text.length; i += 3) {
    const values = [...text.slice(i, i + 3)].map((sign) => ALPHABET.indexOf(sign));
    const number = values.reduce((sum, value, power) => sum + value * 45 ** power, 0);
    if (values.includes(-1) || number >= 256 ** (values.length - 1)) {
      throw new BadFrame("not base 45");
    }
    if (values.length === 3) {
      bytes.push(number >> 8);
    }
    bytes.push(number & 255);
  }
  return Uint8Array.from(bytes);
}

// Whether this phone can pack and unpack at all: older ones cannot, and must be told so before they try.
export function possible() {
  return typeof CompressionStream === "function" && typeof DecompressionStream === "function";
}

async function nameOf(packed) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
  return Array.from(sum.slice(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

export async function frames(message, part = PART) {
  if (message.length > MOST_BYTES) {
    throw new BadFrame("too large");
  }
  const stream = new Blob([message]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const text = base45(packed);
  const of = Math.ceil(text.length / part);
  if (of > MOST_FRAMES) {
    throw new BadFrame("too many frames");
  }
  const name = await nameOf(packed);
  return Array.from(
    { length: of },
    (_, i) => `AM1/${name}/${i + 1}/${of}/${text.slice(i * part, (i + 1) * part)}`,
  );
}

function split(frame) {
  const found = /^AM1\/([0-9A-F]{8})\/([0-9]{1,3})\/([0-9]{1,3})\/([^]*)$/.exec(frame);
  if (!found) {
    throw new BadFrame("not a frame");
  }
  const [, name, number, of, part] = found;
  if (Number(number) < 1 || Number(number) > Number(of) || Number(of) > MOST_FRAMES) {
    throw new BadFrame("its number does not fit");
  }
  return { name, number: Number(number), of: Number(of), part };
}

// The message, or null while frames are missing. Rejects with BadFrame for a false reading.
export async function joined(read) {
  const pieces = [...new Set(read)].map(split);
  if (pieces.length === 0) {
    return null;
  }
  const { name, of } = pieces[0];
  if (pieces.some((piece) => piece.name !== name || piece.of !== of)) {
    throw new BadFrame("frames of two messages");
  }
  const parts = new Map(pieces.map((piece) => [piece.number, piece.part]));
  if (parts.size !== pieces.length) {
    throw new BadFrame("one frame was read in two ways");
  }
  if (parts.size < of) {
    return null;
  }
  const packed = unbase45([...parts.keys()].sort((a, b) => a - b).map((number) => parts.get(number)).join(""));
  if ((await nameOf(packed)) !== name) {
    throw new BadFrame("a frame was misread");
  }
  return unpacked(packed);
}

async function unpacked(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await readOrRefuse(reader);
    if (done) {
      return new Uint8Array(await new Blob(chunks).arrayBuffer());
    }
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new BadFrame("too large");
    }
    chunks.push(value);
  }
}

async function readOrRefuse(reader) {
  try {
    return await reader.read();
  } catch (problem) {
    throw new BadFrame("not a zlib stream");
  }
}
