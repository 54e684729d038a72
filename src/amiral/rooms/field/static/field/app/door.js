// The page of a door: what is known of it, what happened there, and one large button for each outcome.

import { h } from "./dom.js";
import { floorName, matrix, unitName } from "./matrix.js";
import { checkedLayout, floorsOf, isBuilding, layoutOf, nextUnit } from "./model.js";
import { clockFace } from "./timer.js";

const WHOLE = "";

export class DoorScreen {
  constructor(app, door) {
    this.app = app;
    this.door = door;
    this.correcting = null;
    this.asking = false;
    this.busy = false;
    this.chosen = undefined;
    this.title = door.label;
    app.timer.at(door.id);
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  leave() {
    clearInterval(this.ticking);
  }

  get state() {
    return this.app.model.stateOf(this.door);
  }

  get floors() {
    return floorsOf(this.door, this.app.model.layouts, this.state);
  }

  get isBuilding() {
    return isBuilding(this.door, this.app.model.layouts, this.app.model.isRounds);
  }

  // The dwelling that the next tap is about: null is the whole address.
  get unit() {
    if (!this.isBuilding) {
      return null;
    }
    return this.chosen === undefined ? nextUnit(this.floors, this.state) : this.chosen;
  }

  draw() {
    const { app, door } = this;
    const status = app.model.statusOf(door);
    const isClosed = status === "wish" && !this.correcting;
    return h("article", { class: "doorpage" },
      this.head(), this.notices(status), this.before(), this.clock(),
      !isClosed && this.isBuilding && !this.correcting ? this.building() : null,
      this.entries(),
      !app.model.isRounds && !isClosed ? this.layoutForm() : null,
      h("p", { class: "doorpage__onward" }, this.onward()),
      isClosed ? null : this.outcomes());
  }

  head() {
    const { app: { words }, door } = this;
    return h("header", { class: "doorpage__head" },
      h("p", { class: "doorpage__street" }, door.street),
      h("h1", { tabindex: "-1", "data-key": "title" },
        h("span", { "aria-hidden": "true" }, shortName(door)), h("span", { class: "visually-hidden" }, door.label)),
      wayTo(words, door) ? h("p", { class: "doorpage__way" }, wayTo(words, door)) : null,
      h("p", { class: "doorpage__facts" }, facts(words, door, this.app.model.isRounds).join(" · ")));
  }

  notices(status) {
    const { words } = this.app;
    const cautions = this.door.caution || [];
    return [
      cautions.length
        ? h("div", { class: "notice notice--warn" }, h("strong", {}, words.t("caution.title")),
          h("ul", {}, cautions.map((code) => h("li", {}, words.has(`caution.${code}`) ? words.t(`caution.${code}`) : words.t("caution.other")))))
        : null,
      status === "wish" ? h("p", { class: "notice notice--error" }, h("strong", {}, words.t("door.wish"))) : null,
      status === "given" ? h("p", { class: "notice" }, words.t("door.given")) : null,
    ];
  }

  before() {
    const { app: { words }, door } = this;
    if (!door.last) {
      return null;
    }
    return h("p", { class: "muted doorpage__before" },
      words.t("door.last", { outcome: this.app.outcomeLabel(door.last.outcome), day: words.day(door.last.on) }));
  }

  clock() {
    const { words, timer } = this.app;
    this.face = h("span", { class: "clock__face" }, clockFace(timer.seconds(this.door.id)));
    return h("p", { class: "clock" }, h("span", {}, words.t("timer.label"), " ", this.face),
      h("button", { type: "button", class: "link", "data-key": "timer", onclick: () => this.restart() }, words.t("timer.restart")));
  }

  restart() {
    this.app.timer.restart(this.door.id);
    this.tick();
    this.app.say(this.app.words.t("timer.restarted"));
  }

  tick() {
    if (this.face) {
      this.face.textContent = clockFace(this.app.timer.seconds(this.door.id));
    }
  }

  building() {
    const { app: { words } } = this;
    return h("section", { "aria-labelledby": "dwellings" },
      h("h2", { id: "dwellings", class: "visually-hidden" }, words.t("matrix.title")),
      matrix({
        floors: this.floors, state: this.state, chosen: this.unit, words, locked: this.busy,
        outcomeLabel: (value) => this.app.outcomeLabel(value),
        choose: (unit) => this.choose(unit),
        nobodyOn: (floor, units) => this.nobodyOn(floor, units),
      }),
      h("button", {
        type: "button", class: "matrix__whole", "data-key": "whole", "aria-pressed": this.unit === null ? "true" : "false",
        onclick: () => this.choose(null),
      }, words.t("matrix.whole")));
  }

  choose(unit) {
    this.chosen = unit;
    this.app.redraw();
    this.app.say(this.target());
  }

  target() {
    const { words } = this.app;
    return this.unit === null ? words.t("matrix.whole") : unitName(words, this.unit);
  }

  nobodyOn(floor, units) {
    const { words } = this.app;
    return this.keep({ outcome: "nobody", units: units.slice().sort() }, floorName(words, floor));
  }

  entries() {
    const { app } = this;
    const { words } = app;
    const events = app.model.entriesOf(this.door);
    if (!events.length) {
      return null;
    }
    return h("section", { class: "entries", "aria-labelledby": "entries" },
      h("h2", { id: "entries" }, words.t("entries.title")),
      h("ul", { class: "plain" }, events.map((event) => h("li", { class: "entry" },
        h("p", {}, h("span", { class: `mark outcome--${event.outcome}` }, app.outcomeLabel(event.outcome)), " ",
          h("span", {}, [where(words, event), words.time(event.at), app.model.isOwn(event) ? words.t("entries.own") : words.t("entries.partner")]
            .filter(Boolean).join(" · "))),
        h("div", { class: "cluster" },
          h("button", { type: "button", class: "button button--quiet", "data-key": `correct-${event.id}`, onclick: () => this.correct(event) }, words.t("entries.correct")),
          h("button", { type: "button", class: "button button--quiet", "data-key": `undo-${event.id}`, onclick: () => app.undo(event) }, words.t("entries.undo")))))));
  }

  correct(event) {
    this.correcting = event;
    this.app.redraw();
    this.app.focus("outcome-first");
    // What is asked stands above the answers, and the page above them has just become shorter.
    document.getElementById("outcomes").scrollIntoView({ block: "center" });
    this.app.say(this.app.words.t("correct.title"));
  }

  outcomes() {
    const { app } = this;
    const { words } = app;
    const heading = this.correcting
      ? words.t("correct.what", { what: [app.outcomeLabel(this.correcting.outcome), where(words, this.correcting)].filter(Boolean).join(", ") })
      : this.isBuilding ? words.t("outcomes.for", { what: this.target() }) : words.t("outcomes.title");
    return h("section", { class: `outcomes-panel${this.isBuilding ? " outcomes-panel--tight" : ""}`, "aria-labelledby": "outcomes" },
      h("h2", { id: "outcomes" }, heading),
      h("div", { class: "outcomes-grid" }, app.outcomes.map((one, i) => h("button", {
        type: "button", class: `outcome outcome--${one.value}`, "data-key": i ? `outcome-${one.value}` : "outcome-first", "data-outcome": one.value,
        "aria-disabled": this.busy ? "true" : null, onclick: () => this.press(one.value),
      }, one.label))),
      this.correcting ? h("button", { type: "button", class: "button button--quiet", "data-key": "cancel", onclick: () => this.cancel() }, words.t("correct.cancel")) : null);
  }

  cancel() {
    this.correcting = null;
    this.app.redraw();
    this.app.focus("title");
  }

  press(outcome) {
    if (this.correcting) {
      const { id, units, seconds } = this.correcting;
      return this.keep({ outcome, replaces: id, ...(units ? { units } : {}), ...(seconds ? { seconds } : {}) }, where(this.app.words, this.correcting));
    }
    return this.keep({ outcome, ...(this.unit === null ? {} : { units: [this.unit] }) }, this.unit || "");
  }

  // One tap: kept durably, then said. A second tap while the first is being kept does nothing.
  async keep(said, what) {
    if (this.busy) {
      return;
    }
    this.busy = true;
    const { app, door } = this;
    const seconds = said.replaces ? 0 : app.timer.seconds(door.id);
    const body = { kind: "visit", door: door.id, ...said, ...(seconds ? { seconds } : {}) };
    const label = [door.label, what].filter(Boolean).join(", ");
    let event;
    try {
      event = await app.record(body, app.words.t("kept.visit", { outcome: app.outcomeLabel(said.outcome), what: label }));
    } finally {
      this.busy = false;
    }
    if (event) {
      this.afterwards(event);
    }
  }

  afterwards(event) {
    const { app, door } = this;
    app.timer.restart(door.id);
    if (this.correcting) {
      this.cancel();
      return;
    }
    const after = event.units ? event.units[event.units.length - 1] : null;
    this.chosen = this.isBuilding ? nextUnit(this.floors, this.state, after) || undefined : undefined;
    const isDone = app.model.isRounds || app.model.statusOf(door) !== "begun";
    const next = isDone ? app.model.nextAfter(door) : null;
    if (isDone && app.isShown(this)) {
      app.go(next ? `porte/${next.id}` : "liste");
    } else {
      app.redraw();
    }
  }

  layoutForm() {
    const { app, door } = this;
    const { words } = app;
    const layout = layoutOf(door, app.model.layouts);
    if (!this.isBuilding && !this.asking) {
      return h("p", {}, h("button", { type: "button", class: "link", "data-key": "layout-open", onclick: () => this.ask(true) }, words.t("layout.open")));
    }
    const number = (name, value, least, most) => h("div", { class: "field" },
      h("label", { for: `layout-${name}` }, words.t(`layout.${name}`)),
      h("input", { id: `layout-${name}`, name, type: "number", inputmode: "numeric", min: least, max: most, value, required: true, "data-key": `layout-${name}` }));
    return h("details", { class: "layout", open: this.asking, ontoggle: (event) => { this.asking = event.target.open; } },
      h("summary", { "data-key": "layout" }, words.t("layout.title")),
      h("form", { onsubmit: (event) => this.lay(event) },
        number("top", layout.top, 0, 60), number("per", layout.per, 1, 40),
        h("div", { class: "field field--check" },
          h("input", { id: "layout-ground", name: "ground", type: "checkbox", checked: layout.ground }),
          h("label", { for: "layout-ground" }, words.t("layout.ground"))),
        h("button", { class: "button button--quiet" }, words.t("layout.keep"))));
  }

  ask(open) {
    this.asking = open;
    this.app.redraw();
    this.app.focus("layout-top");
  }

  async lay(event) {
    event.preventDefault();
    const { elements } = event.target;
    this.asking = false;
    this.chosen = undefined;
    await this.app.keepLayout(this.door.id, checkedLayout({
      top: elements.top.value, per: elements.per.value, ground: elements.ground.checked,
    }));
    this.app.say(this.app.words.t("layout.kept"));
    this.app.focus("layout");
  }

  onward() {
    const { app, door } = this;
    const next = app.model.nextAfter(door);
    return next
      ? h("a", { href: `#porte/${next.id}`, class: "button button--quiet", "data-key": "onward" }, app.words.t("door.next", { door: next.label }))
      : h("a", { href: "#liste", class: "button button--quiet", "data-key": "onward" }, app.words.t("door.list"));
  }
}

// A side of a street is told by its numbers.
export function shortName(door) {
  return (door.side && door.side.numbers) || door.number || door.label;
}

// How to get there from the door before, and on which hand it is.
export function wayTo(words, door) {
  const side = door.side || {};
  const hand = side.hand || (door.hand && door.hand !== "ahead" ? words.t(`hand.${door.hand}`) : "");
  return [door.way, hand, side.crosses ? words.t("way.traffic") : ""].filter(Boolean).join(", ");
}

// What is known of an address before anybody rings.
export function facts(words, door, isRounds) {
  if (isRounds) {
    const { side, part } = door.side || {};
    return [side, words.n("fact.boxes", door.dwellings || 0), part].filter(Boolean);
  }
  return [
    door.dwellings ? words.n("fact.dwellings", door.dwellings) : words.t("fact.dwellings-unknown"),
    door.floors ? words.n("fact.floors", door.floors) : null,
    door.floors ? words.t(door.lift ? "fact.lift" : "fact.no-lift") : null,
  ].filter(Boolean);
}

function where(words, event) {
  if (!event.units || event.units[0] === WHOLE) {
    return "";
  }
  return event.units.length === 1 ? unitName(words, event.units[0]) : words.n("entries.units", event.units.length);
}
