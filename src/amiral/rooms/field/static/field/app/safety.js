// Safety on the phone: going out, being back, a quiet call for help. What is said without network is kept and sent later, and the
// screen never says "sent" of what was not. No position is asked for: at most the number of a turf or a door that one types.
//
// start(context) keeps sending in the background; mount(element, context) draws the screen and answers how to take it down.
// context: { words, token, store, pack (or null), say(text) }.

import { h, redrawn, svg } from "./dom.js";
import { randomId } from "../log/notebook.js";
import { completed, settled } from "../log/store.js";

const ADDRESS = "/terrain/app/securite/";
const PATIENCE = 20000;
const AGAIN = 15000;
const LOOK = 10000;
const QUEUE = "safety:q:";
const STATE = "safety:state";
const REFUSED = "safety:refused";
const KEPT_AFTER = 12 * 3600 * 1000;
const DIGITS = 12;
const GONE = new Set([401, 403]);

function waiting() {
  return IDBKeyRange.bound(QUEUE, `${QUEUE}\uffff`);
}

// What was said and not answered yet, in its order, each in a record of its own: two tabs never overwrite each other.
export class Gestures {
  constructor(store) {
    this.store = store;
  }

  // Resolves when it is durable.
  async keep(gesture) {
    const box = await this.store.lock(gesture);
    const transaction = this.store.write(["state"]);
    const table = transaction.objectStore("state");
    const keys = table.getAllKeys(waiting());
    keys.onsuccess = () => {
      const last = keys.result.length ? Number(keys.result[keys.result.length - 1].slice(QUEUE.length).split(":")[0]) : 0;
      table.put(box, `${QUEUE}${String(last + 1).padStart(DIGITS, "0")}:${gesture.id}`);
    };
    await completed(transaction);
  }

  async all() {
    const boxes = await settled(this.store.database.transaction("state").objectStore("state").getAll(waiting()));
    return Promise.all(boxes.map((box) => this.store.unlock(box)));
  }

  // Forgets those that were answered, by their ids and by nothing else.
  async forget(ids) {
    const gone = new Set(ids);
    const transaction = this.store.write(["state"]);
    const table = transaction.objectStore("state");
    const keys = table.getAllKeys(waiting());
    keys.onsuccess = () => {
      keys.result.filter((key) => gone.has(key.split(":")[3])).forEach((key) => table.delete(key));
    };
    await completed(transaction);
  }
}

export class Safety {
  constructor({ store, token, ask = (...all) => fetch(...all), now = () => new Date() }) {
    this.store = store;
    this.token = token;
    this.ask = ask;
    this.now = now;
    this.gestures = new Gestures(store);
    this.listeners = new Set();
    this.sending = null;
    this.timer = 0;
    this.state = null;
    this.queue = [];
    this.refused = [];
    this.isGone = false;
    this.isOffline = false;
  }

  async start() {
    await this.read();
    if (typeof window !== "undefined") {
      window.addEventListener("online", () => this.flush());
    }
    await this.flush();
    return this;
  }

  async read() {
    this.queue = await this.gestures.all();
    const box = await this.store.get(STATE);
    const kept = box ? await this.store.unlock(box) : null;
    // A leader's number does not stay on a phone when the day is over.
    this.state = kept && this.now() - new Date(kept.shift.ends) < KEPT_AFTER ? kept : null;
    this.refused = (await this.store.get(REFUSED)) || [];
  }

  changed() {
    this.listeners.forEach((listener) => listener());
  }

  // Resolves when it is kept; sending goes on by itself.
  async say(kind, fields) {
    const gesture = { id: randomId(), kind, at: this.now().toISOString(), ...fields };
    await this.gestures.keep(gesture);
    await this.read();
    this.changed();
    this.flush();
    return gesture;
  }

  flush() {
    this.sending = this.sending || this.flushOnce().finally(() => {
      this.sending = null;
      this.again();
      this.changed();
    });
    return this.sending;
  }

  again() {
    clearTimeout(this.timer);
    if (this.queue.length && !this.isGone) {
      this.timer = setTimeout(() => this.flush(), AGAIN);
    }
  }

  async flushOnce() {
    await this.read();
    const sent = this.queue.slice(0, 50);
    const answer = await this.request(sent).catch(() => null);
    this.isOffline = answer === null;
    if (answer === null) {
      return;
    }
    this.isGone = GONE.has(answer.status);
    if (!answer.ok) {
      return;
    }
    const said = await answer.json();
    const answers = said.answers || {};
    const refusals = sent.filter((one) => answers[one.id] && answers[one.id].status === "refused");
    await this.store.put({
      [STATE]: await this.store.lock(said.state),
      [REFUSED]: [...this.refused, ...refusals.map((one) => ({ kind: one.kind, why: answers[one.id].why }))].slice(-5),
    });
    await this.gestures.forget(sent.filter((one) => one.id in answers).map((one) => one.id));
    await this.read();
  }

  async request(gestures) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    const headers = { Authorization: `Bearer ${this.token}` };
    const options = { credentials: "omit", cache: "no-store", signal: patience.signal };
    try {
      if (!gestures.length) {
        return await this.ask(ADDRESS, { ...options, headers });
      }
      const body = JSON.stringify({ gestures });
      return await this.ask(ADDRESS, { ...options, method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body });
    } finally {
      clearTimeout(timer);
    }
  }

  async forgetRefused() {
    await this.store.put({ [REFUSED]: [] });
    await this.read();
    this.changed();
  }

  // What holds when everything that waits has been sent.
  get isOut() {
    const last = this.queue.filter((one) => one.kind === "in" || one.kind === "out").pop();
    return last ? last.kind === "in" : Boolean(this.state && this.state.out);
  }

  get waitingCall() {
    const last = this.queue.filter((one) => one.kind === "help" || one.kind === "safe").pop();
    return last && last.kind === "help" ? last : null;
  }

  get openCall() {
    const isOver = this.queue.some((one) => one.kind === "safe");
    return isOver || !this.state ? null : this.state.call;
  }
}

let current = null;

// One for each phone, whatever screens come and go.
export function start(context) {
  if (current === null || current.token !== context.token) {
    current = new Safety(context);
    current.ready = current.start();
  }
  return current;
}

export async function mount(element, context) {
  const safety = start(context);
  const screen = new Screen(element, safety, context);
  const draw = () => screen.draw();
  safety.listeners.add(draw);
  await safety.read();
  draw();
  safety.flush();
  const look = setInterval(() => screen.look(), LOOK);
  return () => {
    clearInterval(look);
    safety.listeners.delete(draw);
  };
}

class Screen {
  constructor(element, safety, { words, pack = null, say = () => {} }) {
    this.element = element;
    this.safety = safety;
    this.words = words;
    this.pack = pack;
    this.announce = say;
    this.asks = false;
    this.door = "";
    this.tellsTurf = true;
  }

  t(key, values) {
    return this.words.t(`safety.${key}`, values);
  }

  look() {
    if (!document.hidden && (this.safety.openCall || this.safety.queue.length)) {
      this.safety.flush();
    }
  }

  draw() {
    redrawn(this.element, h("div", {}, this.alarm(), this.calls(), this.presence(), this.help(), this.notSent(), this.phones(), this.join()));
  }

  alarm() {
    if (this.safety.isGone) {
      return h("p", { class: "notice notice--error", role: "alert" }, this.t("gone"));
    }
    const refused = this.safety.refused;
    return refused.length ? h("div", { class: "notice notice--error", role: "alert" },
      refused.map((one) => h("p", {}, one.why)),
      h("button", { type: "button", class: "button button--quiet", "data-key": "seen", onclick: () => this.safety.forgetRefused() }, this.t("seen"))) : null;
  }

  // A partner who calls is told first.
  calls() {
    const state = this.safety.state;
    return state ? state.partner_calls.map((call) => h("p", { class: "notice notice--error", role: "alert" },
      this.t("partner-calls", { name: call.name, time: this.words.time(call.at) }), call.place ? ` (${call.place})` : "")) : null;
  }

  presence() {
    const { isOut, state } = this.safety;
    const partners = state ? state.partners : [];
    const kind = isOut ? "out" : "in";
    const button = (key, pair, style) => h("button", { type: "button", class: style, "data-key": key, onclick: () => this.say(kind, { pair }) }, this.t(key));
    return h("section", {},
      partners.length ? h("p", {}, this.t("with", { names: partners.join(", ") })) : null,
      h("p", {}, isOut ? this.t("is-out") : this.t("is-in")),
      partners.length ? button(isOut ? "we-back" : "we-out", true, "button") : null,
      " ",
      button(isOut ? "i-back" : "i-out", false, partners.length ? "button button--quiet" : "button"),
      h("p", { class: "small muted" }, this.t("no-position")));
  }

  async say(kind, fields) {
    await this.safety.say(kind, { ...fields, ...this.place() });
    this.announce(this.t("kept"));
  }

  // What was typed, and nothing that was not.
  place() {
    const number = Number(this.door);
    const turf = this.pack && this.pack.turf ? this.pack.turf.number : null;
    const told = {};
    if (this.asks && this.tellsTurf && turf) {
      told.turf = turf;
    }
    if (Number.isInteger(number) && number > 0) {
      told.door = number;
    }
    return told;
  }

  help() {
    const { openCall, waitingCall } = this.safety;
    if (openCall || waitingCall) {
      return this.called(openCall, waitingCall);
    }
    return h("section", {}, this.asks ? this.confirm() : h("p", {},
      h("button", { type: "button", class: "button button--quiet safety__call", "data-key": "help", onclick: () => this.ask(true) }, this.t("help"))));
  }

  ask(asks) {
    this.asks = asks;
    this.draw();
    const first = this.element.querySelector("[data-key='yes']");
    if (asks && first) {
      first.focus({ preventScroll: true });
      first.scrollIntoView({ block: "end" });
    }
  }

  confirm() {
    const turf = this.pack && this.pack.turf ? this.pack.turf.number : null;
    return h("div", { class: "safety__help" },
      h("p", {}, this.t("help-what")),
      turf ? h("p", {}, h("label", {}, h("input", { type: "checkbox", checked: this.tellsTurf, onchange: (event) => { this.tellsTurf = event.target.checked; } }), " ", this.t("tell-turf", { turf }))) : null,
      h("p", {}, h("label", {}, this.t("door"), " ", h("input", { type: "number", min: "1", inputmode: "numeric", "data-key": "door", value: this.door, oninput: (event) => { this.door = event.target.value; } }))),
      h("p", {}, h("button", { type: "button", class: "button button--quiet", "data-key": "no", onclick: () => this.ask(false) }, this.t("no"))),
      h("p", {}, h("button", { type: "button", class: "button safety__call", "data-key": "yes", onclick: () => this.call() }, this.t("yes"))));
  }

  async call() {
    await this.say("help", {});
    this.asks = false;
    this.draw();
  }

  called(open, queued) {
    const time = this.words.time((open || queued).at);
    let words = this.t("call-not-sent", { time });
    let style = "notice notice--error";
    if (open && open.answered) {
      words = this.t("answered", { name: open.by, time: this.words.time(open.answered) });
      style = "notice notice--ok";
    } else if (open) {
      words = this.t("call-sent", { time });
      style = "notice notice--warn";
    }
    return h("section", {}, h("p", { class: style, role: "status" }, words),
      h("p", {}, h("button", { type: "button", class: "button button--quiet", "data-key": "safe", onclick: () => this.say("safe", {}) }, this.t("safe"))));
  }

  notSent() {
    const queue = this.safety.queue;
    return queue.length ? h("section", {}, h("p", { class: "notice notice--warn", role: "status" }, this.t(this.safety.isOffline ? "not-sent" : "sending")),
      h("ul", {}, queue.map((one) => h("li", {}, this.t(`said-${one.kind}`), " ", this.words.time(one.at))))) : null;
  }

  phones() {
    const leaders = this.safety.state ? this.safety.state.leaders : [];
    const link = (href, text) => h("a", { class: "button button--quiet", href }, text);
    return h("section", {}, h("h2", {}, this.t("danger")), h("ul", { class: "safety__phones" },
      leaders.map((one) => h("li", {}, link(`tel:${one.phone}`, this.t("call-leader", { name: one.name, number: one.readable })), " ", link(`sms:${one.phone}`, this.t("text-leader", { name: one.name })))),
      h("li", {}, link("tel:17", this.t("police")), " ", link("tel:112", this.t("emergency")), " ", link("sms:114", this.t("by-text")))));
  }

  // The resident's own gesture, on his own phone.
  join() {
    const join = this.safety.state && this.safety.state.join;
    return join ? h("details", {}, h("summary", {}, this.t("join")), h("p", {}, this.t("join-what")),
      svg("svg", { viewBox: `0 0 ${join.size} ${join.size}`, width: "260", height: "260", role: "img", "aria-label": join.url },
        svg("rect", { width: join.size, height: join.size, fill: "#fff" }), svg("path", { d: join.path, fill: "#000", "shape-rendering": "crispEdges" })),
      h("p", { class: "muted" }, join.url)) : null;
  }
}
