// The place of the safety screen: its module is loaded when it is asked for, so that the doors never wait for it.

import { h } from "./dom.js";

// What was said on this phone and not sent is sent, whichever screen is shown.
export async function keepSafe(app) {
  const { start } = await import("./safety.js");
  return start({ token: app.token, store: app.store });
}

export class SafetyScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("safety.title");
    this.body = h("div", { class: "safety" });
  }

  draw() {
    return h("div", {}, h("h1", { tabindex: "-1", "data-key": "title" }, this.title), this.body);
  }

  async shown() {
    const { app } = this;
    try {
      const { mount } = await import("./safety.js");
      this.unmount = await mount(this.body, {
        words: app.words, token: app.token, device: app.device, store: app.store, pack: app.pack, language: app.language, say: (text) => app.say(text),
      });
    } catch (problem) {
      this.body.appendChild(h("p", { class: "notice notice--error", role: "alert" }, app.words.t("safety.missing")));
    }
  }

  leave() {
    if (typeof this.unmount === "function") {
      this.unmount();
    }
  }

  // It keeps itself up to date.
  update() {}
}
