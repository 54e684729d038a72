// One request to the server of the log: docs/field-protocol.md. What goes wrong has a code that the page has a sentence for.

const ADDRESS = "/terrain/app/envoi/";
const PATIENCE = 45000;
const CODES = { 400: "malformed", 401: "unknown", 413: "too-large", 429: "busy", 503: "busy" };

class NotSent extends Error {
  constructor(code, wait = 0) {
    super(code);
    this.name = "NotSent";
    this.code = code;
    this.wait = wait;
  }
}

// request: { device, head, events, has }. Resolves with the server's answer and its clock, rejects with NotSent.
export async function sent(request, token, { ask = (...all) => fetch(...all) } = {}) {
  // The signal is aborted by hand: AbortSignal.timeout is younger than the phones in people's pockets.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  let answer;
  let said;
  try {
    answer = await ask(ADDRESS, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      body: JSON.stringify(request),
      signal: patience.signal,
    });
    said = answer.ok ? await answer.json() : null;
  } catch (problem) {
    throw new NotSent("offline");
  } finally {
    clearTimeout(timer);
  }
  if (!answer.ok) {
    throw new NotSent(CODES[answer.status] || "server", 1000 * (Number(answer.headers.get("Retry-After")) || 0));
  }
  if (said === null || typeof said !== "object" || typeof said.answers !== "object" || said.answers === null) {
    throw new NotSent("server");
  }
  return { ...said, date: answer.headers.get("Date") };
}
