// The screen of a phone that has nothing to walk.

import { h } from "./dom.js";

// Nothing to walk: this phone was revoked, or holds no tour.
export class ClosedScreen {
  constructor(app, why) {
    this.app = app;
    this.why = why;
    this.title = app.words.t(`closed.${why}`);
  }

  draw() {
    const { app, why } = this;
    const { words } = app;
    const left = app.isWiped ? 0 : app.unsent;
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title" }, this.title),
      h("p", {}, words.t(why === "revoked" ? "pack.revoked" : "closed.no-pack-what")),
      why === "no-pack" && app.refused ? h("p", { class: "notice notice--warn", role: "alert" }, words.t(`pack.${app.refused}`)) : null,
      why === "revoked" && left ? h("p", { class: "notice notice--warn" }, h("strong", {}, words.n("state.unsent", left)), " ", words.t("closed.still-sending")) : null,
      why === "revoked" && !left ? h("p", { class: "notice notice--ok" }, words.t("closed.wiped")) : null,
      left ? h("button", { type: "button", "data-key": "send", onclick: () => app.sendNow(true) }, words.t("state.send")) : null);
  }
}
