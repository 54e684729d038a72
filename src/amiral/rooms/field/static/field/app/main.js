// The app: one page, its screens, and the notebook behind them. Started by the shell once a device and its store are there.

import { Notebook } from "../log/notebook.js";
import { ClosedScreen } from "./closed.js";
import { DoorScreen } from "./door.js";
import { emptied, h, redrawn, svg } from "./dom.js";
import { HandoverScreen } from "./handover.js";
import { Words } from "./i18n.js";
import { Model, dwellingsOf, held } from "./model.js";
import { enrolled, forget, latest } from "./enrol.js";
import { deviceFor } from "./finding.js";
import { WelcomeScreen } from "./welcome.js";
import { expirePacks, fetchPack, keepPack, listPacks, loadPack, PackRefused, tellTime, wipePack, wipeRevoked } from "./pack.js";
import { Others } from "./others.js";
import { SafetyScreen, keepSafe } from "./safety_screen.js";
import { ListScreen, MapScreen, OrderScreen, PointsScreen, StateScreen } from "./screens.js";
import { sent } from "./sending.js";
import { Timer } from "./timer.js";

const NEWS_EVERY = 60000;
const MOST_ROUNDS = 40;
const SUN = "amiral-field-sun";
const CHANNEL = "amiral-field";
const GONE = new Set(["foreign", "over", "unknown"]);
const SCREENS = {
  liste: ListScreen, carte: MapScreen, arguments: PointsScreen, ordre: OrderScreen, echange: HandoverScreen, securite: SafetyScreen, etat: StateScreen,
};
// Screens that need no pack: one may send and exchange after the turf has left the phone.
const WITHOUT_PACK = new Set(["etat", "echange", "securite"]);
const TABS = [
  ["liste", "M5 21V4h9v17M3 21h18M11 12h.5M14 7h5v14"], ["carte", "M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11zM12 10h.1"],
  ["arguments", "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5"], ["securite", "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"], ["etat", "M5 12h.1M12 12h.1M19 12h.1"],
];

class App {
  // place: the element to fill; opened: { store, enrolment: { device, token } }; assignment: whose pack is shown first (or null).
  constructor({ place, shell, opened, assignment = null }) {
    this.place = place;
    this.shell = shell;
    this.words = new Words(textsOf(), shell.language);
    this.language = shell.language;
    this.store = opened.store;
    this.token = opened.enrolment.token;
    this.device = opened.enrolment.device;
    this.number = opened.enrolment.number;
    this.wanted = assignment;
    this.promised = (opened.packs || []).map((one) => one.assignment);
    this.isPersistent = null;
    this.timer = new Timer(window.sessionStorage);
    this.book = new Notebook(this.store, { send: (request) => this.sendOne(request) });
    this.pack = null;
    this.model = null;
    this.phone = null;
    this.aside = {};
    this.packs = [];
    this.numbers = new Map();
    this.labels = new Map();
    this.others = new Others(this.device);
    this.isRevoked = false;
    this.isOver = false;
    this.problem = null;
    this.refused = null;
  }

  async start() {
    this.frame();
    this.shine(isSunny());
    await this.readSettings();
    await this.others.read();
    await expirePacks(this.store);
    await this.openPack(this.wanted);
    await this.fetchFirst();
    window.addEventListener("hashchange", () => this.route());
    window.addEventListener("online", () => this.sendNow());
    document.addEventListener("visibilitychange", () => this.seenAgain());
    this.channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : null;
    if (this.channel) {
      this.channel.onmessage = () => this.reload();
    }
    this.shell.onUpdate(() => this.recording);
    this.route(true);
    this.askToKeep();
    this.sendNow();
    keepSafe(this).catch(() => null);
    return this;
  }

  // A device that was just made has no tour yet: all others wait for the first request to the log.
  async fetchFirst() {
    const first = this.wanted || this.promised[0];
    if (first && !this.packs.includes(first)) {
      await this.fetch(first);
      await this.openPack(first);
    }
  }

  // The browser's promise to keep what is recorded; without it the page says so, and pushes to send early.
  async askToKeep() {
    this.isPersistent = (await this.shell.keep()).persisted;
    this.drawBars();
  }

  // State ---------------------------------------------------------------------------------------------

  async readSettings() {
    this.sentAt = (await this.store.get("sentAt")) || null;
    this.isRevoked = Boolean(await this.store.get("revoked"));
    this.settled = new Set((await this.secret("settled")) || []);
    this.aside = (await this.secret("aside")) || {};
    this.layouts = (await this.secret("layouts")) || {};
  }

  async secret(key) {
    const box = await this.store.get(`app:${key}`);
    return box ? this.store.unlock(box) : null;
  }

  async keepSecret(key, value) {
    await this.store.put({ [`app:${key}`]: await this.store.lock(value) });
  }

  async openPack(assignment) {
    const kept = await listPacks(this.store);
    this.packs = kept.map((one) => one.assignment);
    this.pack = null;
    for (const one of this.packs) {
      const pack = await loadPack(this.store, one).catch(() => null);
      if (pack) {
        this.numbers.set(one, pack.turf.number);
        pack.doors.forEach((door) => this.labels.set(door.id, door.label));
        if (!this.pack || one === assignment) {
          this.pack = pack;
        }
      }
    }
    const order = this.pack ? await this.secret(`order:${this.pack.assignment}`) : null;
    this.ownOrder = order;
    await this.reload();
  }

  // After any change, by this tab or by another: the notebook is the truth.
  async reload() {
    this.phone = await this.book.phone();
    this.layouts = (await this.secret("layouts")) || {};
    this.model = this.pack && this.phone
      ? new Model({ pack: this.pack, phone: this.phone, layouts: this.layouts, order: this.ownOrder && this.ownOrder.ids, given: this.ownOrder ? this.ownOrder.given : [] })
      : null;
    this.refresh();
  }

  async changed() {
    await this.reload();
    if (this.channel) {
      this.channel.postMessage("changed");
    }
  }

  // Of all teams for which this phone walks.
  get unsent() {
    return (this.phone ? this.phone.unsent.size : 0) + this.others.unsent;
  }

  get troubles() {
    const undone = this.model ? this.model.undone : new Set();
    return this.phone
      ? [...this.phone.troubles].map(([id, why]) => ({ event: this.phone.log.get(id), why }))
        .filter(({ event }) => event && !this.settled.has(event.id) && !undone.has(event.id))
      : [];
  }

  get outcomes() {
    return this.pack.form.outcomes;
  }

  get walkList() {
    return this.pack ? `/tournee/${this.pack.assignment}/` : this.shell.plainUrl;
  }

  outcomeLabel(value) {
    const found = this.pack && this.pack.form.outcomes.find((one) => one.value === value);
    return found ? found.label : this.words.t(`outcome.${value}`);
  }

  doorLabel(door) {
    return this.labels.get(door) || this.words.t("door.unknown");
  }

  numberOf(assignment) {
    return this.numbers.get(assignment) || "?";
  }

  // Recording -----------------------------------------------------------------------------------------

  // Resolves with the event once the phone has it durably, and only then says so; with null when it could not be kept.
  async record(body, message) {
    let event;
    this.recording = this.book.record(body);
    try {
      event = await this.recording;
    } catch (problem) {
      this.alarm(this.words.t("kept.not"));
      return null;
    }
    this.alarm("");
    this.kept = { event, message };
    await this.changed();
    this.say(this.words.t("kept.said", { what: message }));
    this.sendNow();
    return event;
  }

  async undo(event) {
    const what = [this.outcomeLabel(event.outcome), this.doorLabel(event.door)].join(", ");
    const done = await this.record({ kind: "void", door: event.door, target: event.id }, this.words.t("kept.undone", { what }));
    if (done) {
      this.kept = { event: null, message: this.words.t("kept.undone", { what }) };
      this.refresh();
      if (window.location.hash === `#porte/${event.door}`) {
        this.focus("title");
      } else {
        this.go(`porte/${event.door}`);
      }
    }
  }

  async recordAgain(event) {
    const { kind, door, outcome, units, seconds } = event;
    const body = { kind, door, outcome, replaces: event.id, ...(units ? { units } : {}), ...(seconds ? { seconds } : {}) };
    await this.record(body, this.words.t("kept.visit", { outcome: this.outcomeLabel(outcome), what: this.doorLabel(door) }));
  }

  async settle(event) {
    this.settled.add(event.id);
    await this.keepSecret("settled", [...this.settled]);
    this.refresh();
    this.focus("title");
  }

  async keepLayout(door, layout) {
    this.layouts = { ...((await this.secret("layouts")) || {}), [door]: layout };
    await this.keepSecret("layouts", this.layouts);
    // What the team counts is told to the server too, so that everybody's figures are of the same dwellings.
    await this.keepSecret("counted", { ...((await this.secret("counted")) || {}), [door]: dwellingsOf(layout) });
    await this.changed();
    this.sendNow();
  }

  async keepOrder(order) {
    await this.keepSecret(`order:${this.pack.assignment}`, order);
    this.ownOrder = order;
    await this.changed();
  }

  // Where the phone is, for a calculation on the phone; null when it will not say. Sent nowhere.
  position() {
    return new Promise((resolve) => {
      if (!navigator.geolocation) {
        resolve(null);
        return;
      }
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
        () => resolve(null), { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  }

  // Sending -------------------------------------------------------------------------------------------

  async sendOne(request) {
    const counted = (await this.secret("counted")) || {};
    const homes = Object.keys(counted).slice(0, 50).reduce((some, door) => ({ ...some, [door]: counted[door] }), {});
    const answer = await sent({ ...request, has: held(await this.book.phone()), ...(Object.keys(homes).length ? { homes } : {}) }, this.token);
    await tellTime(this.store, answer.date);
    await this.forgetCounted(homes);
    await this.putAside(answer.answers);
    this.told = answer;
    return answer;
  }

  async forgetCounted(homes) {
    if (Object.keys(homes).length) {
      const left = (await this.secret("counted")) || {};
      Object.keys(homes).filter((door) => left[door] === homes[door]).forEach((door) => delete left[door]);
      await this.keepSecret("counted", left);
    }
  }

  async putAside(answers) {
    const fresh = Object.keys(answers).filter((id) => answers[id].status === "quarantined");
    if (fresh.length) {
      fresh.forEach((id) => { this.aside[id] = answers[id].why || ""; });
      await this.keepSecret("aside", this.aside);
    }
  }

  // After each door, on opening, when the network is back, when the page is seen again, and by the notebook's back-off.
  async sendNow(isLoud = false) {
    clearTimeout(this.later);
    if (this.isWiped) {
      return;
    }
    const { wait, problem } = await this.flushed();
    this.problem = problem ? problem.code || "server" : null;
    if (!problem) {
      this.sentAt = Date.now();
      await this.store.put({ sentAt: this.sentAt });
      await this.heed();
    }
    await this.others.flush();
    if (!this.isWiped) {
      await this.changed();
      this.waitForMore(problem, wait);
    }
    if (isLoud) {
      this.say(problem ? this.words.t(`problem.${this.problem}`) : this.words.n("state.unsent", this.unsent));
    }
  }

  // All batches, and all news: the server tells the oldest first and says when there is more. A visit that was recorded while
  // a request was under way was not in it: so it is asked once more as long as something is left and leaves.
  async flushed() {
    let before = Infinity;
    for (let round = 0; ; round += 1) {
      this.told = null;
      const result = await this.book.flush().catch((problem) => ({ left: this.unsent, wait: 0, problem }));
      const hasMore = (this.told && this.told.more) || (result.left > 0 && (round === 0 || result.left < before));
      if (result.problem || !hasMore || round === MOST_ROUNDS) {
        return result;
      }
      before = result.left;
    }
  }

  waitForMore(problem, wait) {
    clearTimeout(this.later);
    if (problem && problem.code === "unknown") {
      return;
    }
    const pause = problem ? Math.max(wait, problem.wait || 0) : NEWS_EVERY * (0.75 + Math.random() / 2);
    this.later = setTimeout(() => (problem || !document.hidden ? this.sendNow() : null), pause);
  }

  async seenAgain() {
    const over = await expirePacks(this.store);
    await (over.length ? this.openPack(this.wanted) : this.reload());
    this.sendNow();
  }

  // What the server said beside its answers: this phone was revoked, or its packs are other ones now.
  async heed() {
    const { revoked = false, packs = null } = this.told || {};
    if (revoked) {
      await this.revoke();
    } else if (packs) {
      await this.renew(packs);
    }
  }

  async revoke() {
    this.isRevoked = true;
    await this.store.put({ revoked: true });
    if (await this.isEmptied()) {
      this.isWiped = true;
      await forget(this.device);
      this.pack = null;
      this.model = null;
      this.phone = null;
      this.refresh();
    }
  }

  async isEmptied() {
    const phone = await this.book.phone();
    return (!phone || phone.unsent.size === 0) && wipeRevoked(this.store);
  }

  // Fetches packs that changed, and those that this phone does not have yet. One that left the list stays until it expires.
  async renew(packs) {
    this.isOver = Boolean(this.pack) && packs.every(({ assignment }) => assignment !== this.pack.assignment);
    const kept = new Map((await listPacks(this.store)).map((one) => [one.assignment, one]));
    const stale = packs.filter(({ assignment, stamp, digest }) => {
      const one = kept.get(assignment);
      return !one || (stamp ? one.stamp !== stamp : digest && one.digest !== digest);
    });
    for (const { assignment } of stale) {
      await this.fetch(assignment, kept.get(assignment));
    }
    if (stale.length) {
      await this.openPack(this.pack ? this.pack.assignment : this.wanted);
    }
  }

  async fetch(assignment, kept) {
    const answer = await fetchPack({ assignment, token: this.token, language: this.language, digest: kept ? kept.digest : "" });
    this.refused = answer.status === "same" ? null : answer.status;
    if (answer.status === "new") {
      this.refused = await keepPack(this.store, answer.text).then(() => null, (problem) => (problem instanceof PackRefused ? problem.code : "damaged"));
    } else if (GONE.has(answer.status) && kept && answer.status !== "unknown") {
      await wipePack(this.store, assignment);
    }
  }

  // The page ------------------------------------------------------------------------------------------

  frame() {
    const { words } = this;
    this.live = h("div", { role: "status", class: "visually-hidden", "data-live": true });
    this.trouble = h("div", { role: "alert", class: "app__alarm" });
    this.bar = h("div", { class: "app__bar" });
    this.keptBar = h("div", { class: "app__kept" });
    this.screenPlace = h("div", { class: "app__body" });
    this.tabs = h("nav", { class: "app__tabs", "aria-label": words.t("tabs.label") }, TABS.map(([name, drawing]) => h("a", { href: `#${name}`, "data-tab": name },
      svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: drawing })), h("span", {}, words.t(`tabs.${name}`)))));
    emptied(this.place);
    [h("div", { class: "app__top" }, this.bar, this.trouble, this.keptBar), this.live, this.screenPlace, this.tabs].forEach((part) => this.place.appendChild(part));
  }

  route(isFirst = false) {
    const [name, id] = window.location.hash.slice(1).split("/");
    if (this.screen && this.screen.leave) {
      this.screen.leave();
    }
    this.screen = this.screenFor(name, id);
    emptied(this.screenPlace).appendChild(this.screen.draw());
    if (this.screen.shown) {
      this.screen.shown();
    }
    document.title = `${this.screen.title} · ${this.words.t("app.title")}`;
    this.tabs.querySelectorAll("a").forEach((tab) => {
      const isHere = tab.dataset.tab === name || (tab.dataset.tab === "liste" && (name === "porte" || !name));
      tab[isHere ? "setAttribute" : "removeAttribute"]("aria-current", "page");
    });
    this.forgetKept();
    this.drawBars();
    if (!isFirst) {
      window.scrollTo(0, 0);
      this.focus("title");
    }
  }

  // What can be undone stays in sight on the next screen, not for ever.
  forgetKept() {
    if (this.kept) {
      this.kept.screens = (this.kept.screens || 0) + 1;
      if (this.kept.screens > (this.kept.event && this.kept.event.kind === "visit" ? 2 : 1)) {
        this.kept = null;
      }
    }
  }

  screenFor(name, id) {
    if (this.isRevoked) {
      return new ClosedScreen(this, "revoked");
    }
    if (!this.model && !WITHOUT_PACK.has(name)) {
      return new ClosedScreen(this, "no-pack");
    }
    const door = name === "porte" && this.model.byId.get(id);
    if (door) {
      return new DoorScreen(this, door);
    }
    return new (SCREENS[name] || ListScreen)(this);
  }

  go(place) {
    if (window.location.hash === `#${place}`) {
      this.route();
    } else {
      window.location.hash = place;
    }
  }

  isShown(screen) {
    return this.screen === screen;
  }

  // Something changed: the screen is drawn again where it stands, or changes by itself.
  refresh() {
    if (!this.screen) {
      return;
    }
    const closed = this.isRevoked || (!this.model && !WITHOUT_PACK.has(window.location.hash.slice(1).split("/")[0]));
    if (closed !== this.screen instanceof ClosedScreen) {
      this.route();
      return;
    }
    if (this.screen.update) {
      this.screen.update();
    } else if (!this.isTyping()) {
      this.redraw();
    }
    this.drawBars();
  }

  // Nobody's words are taken away while he writes them.
  isTyping() {
    const { activeElement } = document;
    return this.screenPlace.contains(activeElement) && /^(INPUT|TEXTAREA)$/.test(activeElement.tagName);
  }

  redraw() {
    redrawn(this.screenPlace, this.screen.draw());
  }

  focus(key) {
    const found = [...this.place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (found) {
      found.focus({ preventScroll: key === "title" });
    }
  }

  // Black on white, thick lines: for a screen in the sun.
  shine(isOn) {
    document.body.classList.toggle("app--sun", isOn);
    try {
      window.localStorage.setItem(SUN, isOn ? "1" : "");
    } catch (problem) {
      // Then it lasts as long as the page.
    }
  }

  // In the live region; `isShown` also in the bar, for who sees; `isProblem`: it did not work.
  say(text, isShown = false, isProblem = false) {
    this.live.textContent = "";
    this.live.appendChild(h("p", {}, text));
    if (isShown) {
      this.kept = { event: null, message: text, isProblem };
      this.drawBars();
    }
  }

  alarm(text) {
    this.trouble.textContent = text;
  }

  drawBars() {
    redrawn(this.bar, this.drawBar());
    redrawn(this.keptBar, this.drawKept());
  }

  drawBar() {
    const { words, model, unsent } = this;
    const troubles = this.troubles.length;
    const isWaiting = Boolean(unsent || troubles);
    const sentAt = this.sentAt ? words.t("bar.sent-at", { time: words.time(this.sentAt) }) : null;
    return h("div", { class: "app__bar-inner" },
      model ? h("p", { class: "app__turf" }, h("strong", {}, words.t(model.isRounds ? "bar.round" : "bar.turf", { n: model.pack.turf.number })), " ",
        h("span", {}, words.t("bar.done", { n: model.done, of: model.doors.length })),
        h("progress", { max: model.doors.length, value: model.done, "aria-label": words.t("bar.progress") })) : h("p", { class: "app__turf" }, h("strong", {}, words.t("app.title"))),
      h("a", { href: "#etat", class: `app__sync${isWaiting ? " app__sync--waiting" : ""}`, "data-key": "sync" },
        h("span", { class: "app__sync-words" },
          troubles ? h("strong", {}, words.n("bar.troubles", troubles)) : null,
          isWaiting ? h("strong", { "data-unsent": unsent }, unsent ? words.n("state.unsent", unsent) : "")
            : h("span", { class: "visually-hidden", "data-unsent": 0 }, words.t("bar.all-sent")),
          h("span", {}, [sentAt, this.isPersistent === false && unsent ? words.t("bar.not-guaranteed") : null].filter(Boolean).join(" · ")))));
  }

  drawKept() {
    const { kept, words } = this;
    if (!kept || !kept.message) {
      return h("div", {});
    }
    const canUndo = kept.event && kept.event.kind === "visit";
    return h("div", { class: `app__kept-inner${kept.isProblem ? " app__kept-inner--problem" : ""}` },
      h("p", {}, kept.event ? words.t("kept.said", { what: kept.message }) : kept.message),
      canUndo ? h("button", { type: "button", "data-key": "undo", onclick: () => this.undo(kept.event) }, words.t("kept.undo")) : null);
  }
}

function isSunny() {
  try {
    return window.localStorage.getItem(SUN) === "1";
  } catch (problem) {
    return false;
  }
}

function textsOf() {
  return JSON.parse(document.getElementById("texts").textContent);
}

// What the shell calls: with the device that holds the tour that was asked for, with the latest one, or with none yet.
export async function start(root, shell) {
  const asked = shell.params.get("liste");
  const found = await deviceFor(asked);
  if (found) {
    return begun(root, shell, found, asked);
  }
  const words = new Words(textsOf(), shell.language);
  const welcome = new WelcomeScreen({ root, shell, words, enrol: (what) => enrolled(what), begin: (one) => begun(root, shell, one, asked) });
  return welcome.start(asked);
}

async function begun(root, shell, found, asked) {
  await latest(found.enrolment.device);
  return new App({ place: root, shell, opened: found, assignment: asked }).start();
}
