// The screens: the list of doors, the map, the talking points, what is still on this phone.

import { facts, shortName, wayTo } from "./door.js";
import { h } from "./dom.js";
import { TurfMap } from "./map.js";
import { GLYPHS } from "./matrix.js";
import { orderOf } from "./model.js";
import { halved, lengthOf, replanned } from "./order.js";
import { index, search } from "./search.js";

export class ListScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("list.title");
    this.hidden = false;
  }

  draw() {
    const { app } = this;
    const { words, model } = app;
    const next = model.nextAfter(null);
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title", class: "visually-hidden" }, this.title),
      app.isOver ? h("p", { class: "notice notice--warn" }, words.t("pack.over")) : null,
      next ? this.next(next) : h("p", { class: "notice notice--ok" }, h("strong", {}, words.t(model.isRounds ? "list.all-done-round" : "list.all-done"))),
      this.partner(),
      h("div", { class: "cluster list__tools" },
        h("button", {
          type: "button", class: "button button--quiet", "data-key": "hide", "aria-pressed": this.hidden ? "true" : "false", onclick: () => this.hide(),
        }, words.t("list.only-left")),
        model.isRounds ? null : h("a", { class: "button button--quiet", href: "#ordre", "data-key": "order" }, words.t("order.title"))),
      model.streets.map((street) => this.street(street, next)));
  }

  hide() {
    this.hidden = !this.hidden;
    this.app.redraw();
  }

  next(door) {
    const { words, model } = this.app;
    return h("section", { class: "nextdoor", "aria-labelledby": "next" },
      h("h2", { id: "next" }, words.t(model.isRounds ? "list.next-side" : "list.next")),
      wayTo(words, door) ? h("p", { class: "nextdoor__way" }, wayTo(words, door)) : null,
      h("a", { class: "nextdoor__go", href: `#porte/${door.id}`, "data-key": "next" },
        h("strong", {}, shortName(door)), " ", h("span", {}, door.street), h("span", { class: "nextdoor__facts" }, facts(words, door, model.isRounds).join(" · "))));
  }

  partner() {
    const { words, model } = this.app;
    const { others, last } = model.team;
    if (!others) {
      return null;
    }
    const door = model.byId.get(last.door);
    return h("p", { class: "list__partner" },
      words.n("team.others", others), " ", words.t("team.last", { door: door.label, outcome: this.app.outcomeLabel(last.outcome), time: words.time(last.at) }));
  }

  street({ street, doors }, next) {
    const { model } = this.app;
    const shown = this.hidden ? doors.filter((door) => ["todo", "begun"].includes(model.statusOf(door))) : doors;
    if (!shown.length) {
      return null;
    }
    return h("section", { class: "street" },
      h("h2", {}, street || this.app.words.t("list.no-street")),
      h("ol", { class: "doors" }, shown.map((door) => this.row(door, next))));
  }

  row(door, next) {
    const { words, model } = this.app;
    const status = model.statusOf(door);
    const state = model.stateOf(door);
    return h("li", {}, h("a", {
      class: `doorrow doorrow--${status}${next && next.id === door.id ? " doorrow--next" : ""}`, href: `#porte/${door.id}`, "data-key": `door-${door.id}`,
    },
    h("span", { class: "doorrow__number" }, shortName(door)),
    h("span", { class: "doorrow__facts" },
      facts(words, door, model.isRounds).join(" · "),
      (door.caution || []).length ? h("strong", { class: "doorrow__caution" }, " ", words.t("caution.short")) : null),
    h("span", { class: `doorrow__status${state && status !== "todo" ? ` outcome--${state.last.outcome}` : ""}` }, this.statusText(door, status, state))));
  }

  statusText(door, status, state) {
    const { words, model } = this.app;
    if (status === "begun" && !model.isRounds) {
      return words.t("status.begun", model.homesOf(door));
    }
    if (status === "done" || status === "begun" || (status === "wish" && state)) {
      const outcome = state ? state.last.outcome : door.last.outcome;
      return [h("span", { "aria-hidden": "true" }, GLYPHS[outcome] || "", " "), this.app.outcomeLabel(outcome)];
    }
    return words.t(`status.${status}`);
  }
}

export class MapScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("map.title");
    this.status = h("p", { class: "turfmap__status", role: "status" });
    this.card = h("div", { class: "turfmap__card" });
    this.map = new TurfMap({ model: app.model, words: app.words, choose: (door) => this.choose(door) });
    this.resized = () => this.map.view && this.map.shown();
    window.addEventListener("resize", this.resized);
  }

  draw() {
    const { words } = this.app;
    const tool = (key, label, sign, act) => h("button", { type: "button", "data-key": key, "aria-label": words.t(label), onclick: act }, sign);
    this.find = h("button", { type: "button", class: "turfmap__find", "data-key": "locate", "aria-pressed": this.watching ? "true" : "false", onclick: () => this.locate() }, words.t("map.locate"));
    return h("div", { class: "mapscreen" },
      h("h1", { tabindex: "-1", "data-key": "title", class: "visually-hidden" }, this.title),
      this.map.element,
      h("div", { class: "turfmap__tools" },
        tool("in", "map.larger", "+", () => this.map.zoom(0.6)), tool("out", "map.smaller", "−", () => this.map.zoom(1 / 0.6)),
        tool("whole", "map.whole", "⤢", () => this.map.whole())),
      this.find,
      h("div", { class: "turfmap__foot" }, this.status, this.card, this.legend(),
        this.app.model.pack.attribution ? h("p", { class: "small muted" }, this.app.model.pack.attribution) : null));
  }

  legend() {
    const { words } = this.app;
    return h("ul", { class: "turfmap__legend" }, ["next", "todo", "begun", "done", "wish"].map((status) => h("li", {},
      h("span", { class: `turfmap__key turfmap__key--${status}`, "aria-hidden": "true" }), words.t(`legend.${status}`))));
  }

  shown() {
    this.map.shown();
    this.choose(this.app.model.nextAfter(null), true);
  }

  update() {
    this.map.update(this.app.model);
  }

  leave() {
    window.removeEventListener("resize", this.resized);
    this.stopLooking();
  }

  // Asked once more, or refused: no second look at the position goes on behind the first.
  stopLooking() {
    if (this.watching) {
      navigator.geolocation.clearWatch(this.watching);
      this.watching = null;
    }
    this.find.setAttribute("aria-pressed", "false");
  }

  choose(door, quietly) {
    while (this.card.firstChild) {
      this.card.removeChild(this.card.firstChild);
    }
    if (!door) {
      return;
    }
    const { words, model } = this.app;
    this.card.appendChild(h("a", { class: "nextdoor__go", href: `#porte/${door.id}`, "data-key": "card" },
      h("strong", {}, shortName(door)), " ", h("span", {}, door.street), h("span", { class: "nextdoor__facts" }, facts(words, door, model.isRounds).join(" · "))));
    if (!quietly) {
      this.app.say(door.label);
    }
  }

  // The position is asked of the device, drawn, and forgotten when one leaves the map. No request carries it.
  locate() {
    const { words } = this.app;
    if (!navigator.geolocation) {
      this.status.textContent = words.t("map.no-position");
      return;
    }
    this.stopLooking();
    this.status.textContent = words.t("map.locating");
    this.watching = navigator.geolocation.watchPosition(({ coords }) => {
      this.status.textContent = words.t("map.located", { metres: Math.round(coords.accuracy) });
      this.map.locate({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy });
    }, (problem) => {
      // Refused for good; without a satellite in sight it goes on looking.
      if (problem.code === 1) {
        this.stopLooking();
      }
      this.status.textContent = words.t("map.no-position");
    }, { enableHighAccuracy: true, maximumAge: 10000, timeout: 20000 });
    this.find.setAttribute("aria-pressed", "true");
  }
}

export class PointsScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("points.title");
    this.points = app.model.pack.points || [];
    this.index = index(this.points);
    this.asked = "";
    this.open = new Set();
  }

  draw() {
    const { words } = this.app;
    this.found = h("div", {});
    this.showFound();
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title" }, this.title),
      h("div", { class: "field" },
        h("label", { for: "search" }, words.t("points.search")),
        h("input", { id: "search", type: "search", value: this.asked, autocomplete: "off", "data-key": "search", oninput: (event) => this.search(event.target.value) })),
      this.found, this.legal());
  }

  search(asked) {
    this.asked = asked;
    const count = this.showFound();
    this.app.say(this.app.words.n("points.found", count));
  }

  showFound() {
    const { words } = this.app;
    const hits = this.asked.trim() ? search(this.index, this.asked).map(({ id }) => this.points.find((point) => point.id === id)) : this.points;
    while (this.found.firstChild) {
      this.found.removeChild(this.found.firstChild);
    }
    if (!hits.length) {
      this.found.appendChild(h("p", {}, words.t(this.points.length ? "points.none-found" : "points.none")));
    }
    hits.forEach((point) => this.found.appendChild(this.point(point)));
    return hits.length;
  }

  point(point) {
    const { words, model } = this.app;
    const count = model.objectionsTo(point.id);
    return h("section", { class: "point" },
      h("details", { open: this.open.has(point.id), ontoggle: (event) => this.open[event.target.open ? "add" : "delete"](point.id) },
        h("summary", { lang: point.language, "data-key": `point-${point.id}` }, point.short),
        h("div", { lang: point.language }, point.text.split(/\n+/).map((paragraph) => h("p", {}, paragraph))),
        (point.sources || []).length ? h("p", { class: "small" }, words.t("points.sources"), " ",
          point.sources.map((source, i) => [i ? ", " : "", h("a", { href: source.url, rel: "noopener noreferrer" }, source.title)])) : null),
      h("div", { class: "point__objection" },
        h("button", { type: "button", class: "button button--quiet", "data-key": `objection-${point.id}`, onclick: () => this.object(point) },
          words.t("points.objection"), h("span", { class: "visually-hidden" }, ` : ${point.short}`)),
        count ? h("span", { class: "badge" }, words.n("points.objections", count)) : null));
  }

  // A counter of the turf: neither the door nor the person is in it. A second tap within two seconds is a slip of the thumb.
  async object(point) {
    const { app } = this;
    if (Date.now() - (this.objected || 0) < 2000) {
      return;
    }
    this.objected = Date.now();
    await app.record({ kind: "objection", turf: app.model.pack.turf.id, point: point.id }, app.words.t("kept.objection"));
  }

  legal() {
    const { words, model } = this.app;
    const { legal } = model.pack;
    if (!legal) {
      return null;
    }
    return h("details", { class: "card" }, h("summary", { "data-key": "legal" }, words.t("legal.title")),
      [].concat(legal.text).map((paragraph) => h("p", {}, paragraph)),
      legal.url ? h("p", {}, h("a", { href: legal.url }, words.t("legal.link"))) : null);
  }
}

// Another order for what is left: from where we stand, or for the half of the team that goes on.
export class OrderScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("order.title");
    this.proposal = null;
  }

  draw() {
    const { words, model } = this.app;
    const own = Boolean(this.app.ownOrder);
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title" }, this.title),
      h("p", {}, words.n("order.left", model.left.length)),
      h("div", { class: "stack" },
        h("button", { type: "button", "data-key": "from-here", disabled: model.left.length < 2, onclick: () => this.propose("here") }, words.t("order.from-here")),
        h("button", { type: "button", class: "button button--quiet", "data-key": "from-next", disabled: model.left.length < 3, onclick: () => this.propose("order") }, words.t("order.shorter")),
        h("button", { type: "button", class: "button button--quiet", "data-key": "half", disabled: model.left.length < 2, onclick: () => this.propose("half") }, words.t("order.half")),
        own ? h("button", { type: "button", class: "button button--quiet", "data-key": "planned", onclick: () => this.keep(null) }, words.t("order.planned")) : null),
      h("p", { class: "small muted" }, words.t("order.private")),
      this.proposal ? this.proposed() : null);
  }

  async propose(kind) {
    const { app } = this;
    const { model, words } = app;
    const from = kind === "order" ? null : await app.position();
    if (kind === "here" && !from) {
      app.say(words.t("map.no-position"), true, true);
      return;
    }
    const left = model.left;
    const start = from || left[0];
    const half = kind === "half" ? halved(left, from) : { kept: left, left: [] };
    const kept = kind === "order" ? [left[0]].concat(replanned(left.slice(1), start)) : replanned(half.kept, from);
    this.proposal = { kept, given: half.left, before: lengthOf(half.kept, from), after: lengthOf(kept, from) };
    app.redraw();
    app.focus("proposal");
  }

  proposed() {
    const { words } = this.app;
    const { kept, given, before, after } = this.proposal;
    const saved = Math.round((before - after) / 10) * 10;
    return h("section", { class: "card", "aria-labelledby": "proposal" },
      h("h2", { id: "proposal", tabindex: "-1", "data-key": "proposal" }, words.n("order.proposal", kept.length)),
      h("p", {}, saved > 0 ? words.t("order.saved", { metres: saved }) : words.t("order.same")),
      h("p", {}, words.t("order.first", { doors: kept.slice(0, 3).map((door) => door.label).join(" → ") })),
      given.length ? [
        h("h3", {}, words.n("order.given", given.length)),
        h("p", {}, words.t("order.given-what")),
        h("ul", {}, pieces(given).map((piece) => h("li", {}, piece))),
      ] : null,
      h("button", { type: "button", "data-key": "keep-order", onclick: () => this.keep(this.proposal) }, words.t("order.keep")));
  }

  async keep(proposal) {
    const { app } = this;
    await app.keepOrder(proposal ? { ids: orderOf(app.model, proposal.kept.concat(proposal.given)), given: proposal.given.map((door) => door.id) } : null);
    this.proposal = null;
    app.say(app.words.t(proposal ? "order.kept" : "order.planned-again"), true);
    app.go("liste");
  }
}

// "12, 14, 16 rue de Lappe": doors of one street that follow each other on one line.
function pieces(doors) {
  const lines = [];
  doors.forEach((door) => {
    const last = lines[lines.length - 1];
    if (last && last.street === door.street) {
      last.numbers.push(shortName(door));
    } else {
      lines.push({ street: door.street, numbers: [shortName(door)] });
    }
  });
  return lines.map(({ street, numbers }) => `${numbers.join(", ")} ${street}`);
}

// What is on this phone, what the server would not take, and what to do.
export class StateScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("state.title");
  }

  draw() {
    const { app } = this;
    const { words } = app;
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title" }, this.title),
      // A leader who withdraws a lost phone knows it by this number, and by no name.
      app.number ? h("p", { "data-phone": app.number }, words.t("state.phone", { n: app.number })) : null,
      this.sending(), this.troubles(), this.aside(), this.turf(), this.doors());
  }

  sending() {
    const { app } = this;
    const { words } = app;
    const count = app.unsent;
    return h("section", {},
      h("p", { class: `notice ${count ? "notice--warn" : "notice--ok"}` },
        h("strong", {}, words.n("state.unsent", count)), h("br", {}),
        app.sentAt ? words.t("state.sent-at", { when: `${words.day(app.sentAt)}, ${words.time(app.sentAt)}` }) : words.t("state.never-sent")),
      app.problem ? h("p", {}, words.t(`problem.${app.problem}`)) : null,
      app.isPersistent === false ? h("p", { class: "notice notice--warn" }, h("strong", {}, words.t("state.not-guaranteed")), " ", words.t("state.not-guaranteed-what")) : null,
      h("button", { type: "button", "data-key": "send", onclick: () => app.sendNow(true) }, words.t("state.send")));
  }

  troubles() {
    const { app } = this;
    const { words } = app;
    const found = app.troubles;
    if (!found.length) {
      return null;
    }
    return h("section", { "aria-labelledby": "troubles" },
      h("h2", { id: "troubles" }, words.n("trouble.title", found.length)),
      h("ul", { class: "plain" }, found.map(({ event, why }) => h("li", { class: "card" },
        h("p", {}, h("strong", {}, app.doorLabel(event.door)), " · ", event.outcome ? app.outcomeLabel(event.outcome) : words.t(`trouble.kind.${event.kind}`), " · ", words.time(event.at)),
        h("p", {}, words.t(words.has(`trouble.${why}`) ? `trouble.${why}` : "trouble.other")),
        h("div", { class: "cluster" },
          event.kind === "visit" ? h("button", { type: "button", "data-key": `again-${event.id}`, onclick: () => app.recordAgain(event) }, words.t("trouble.again")) : null,
          h("button", { type: "button", class: "button button--quiet", "data-key": `settle-${event.id}`, onclick: () => app.settle(event) }, words.t("trouble.settle")))))));
  }

  // Taken by the server, and put aside for a coordinator: they have left the phone's hands.
  aside() {
    const { app } = this;
    const { words } = app;
    const count = Object.keys(app.aside).length;
    return count ? h("section", { class: "notice" }, h("p", {}, h("strong", {}, words.n("aside.title", count)), " ", words.t("aside.what"))) : null;
  }

  turf() {
    const { app } = this;
    const { words, model } = app;
    if (!model) {
      return null;
    }
    const { pack } = model;
    const { own, others } = model.team;
    return h("section", { "aria-labelledby": "turf" },
      h("h2", { id: "turf" }, words.t(model.isRounds ? "bar.round" : "turf.title", { n: pack.turf.number })),
      h("p", {}, `${pack.canvass.name} · ${pack.action.title}`, h("br", {}), pack.action.place),
      h("p", {}, words.t("team.both", { own, others }), h("br", {}), app.isOver ? words.t("pack.over") : words.t("turf.until", { when: `${words.day(pack.until)}, ${words.time(pack.until)}` })),
      app.packs.length > 1 ? h("div", { class: "stack" }, app.packs.filter((one) => one !== pack.assignment).map((one) => h("button", {
        type: "button", class: "button button--quiet", "data-key": `pack-${one}`, onclick: () => app.openPack(one).then(() => app.go("liste")),
      }, words.t("turf.other", { n: app.numberOf(one) })))) : null);
  }

  // The browser asks; afterwards it offers again by itself, or not.
  async install() {
    await this.app.shell.install().catch(() => null);
    this.app.redraw();
    this.app.focus("title");
  }

  shine() {
    this.app.shine(!document.body.classList.contains("app--sun"));
    this.app.redraw();
  }

  doors() {
    const { words } = this.app;
    const links = [["#echange", "exchange.title"], ["#securite", "safety.title"]].concat(this.app.model && !this.app.model.isRounds ? [["#ordre", "order.title"]] : []);
    return h("nav", { "aria-label": words.t("state.more") }, h("ul", { class: "plain stack state__links" },
      h("li", {}, h("button", {
        type: "button", class: "button button--quiet", "data-key": "sun", "aria-pressed": document.body.classList.contains("app--sun") ? "true" : "false", onclick: () => this.shine(),
      }, words.t("state.sun"))),
      this.app.shell.canInstall() ? h("li", {}, h("button", {
        type: "button", class: "button button--quiet", "data-key": "install", onclick: () => this.install(),
      }, words.t("state.install"))) : null,
      links.map(([href, key]) => h("li", {}, h("a", { class: "button button--quiet", href, "data-key": key }, words.t(key)))),
      this.app.walkList ? h("li", {}, h("a", { class: "button button--quiet", href: this.app.walkList, "data-key": "plain" }, words.t("state.plain"))) : null));
  }
}

