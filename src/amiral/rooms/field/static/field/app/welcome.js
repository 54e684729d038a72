// Before the first tour: this browser asks for a device, with the list that was opened or with a list number.

import { emptied, h } from "./dom.js";

export class WelcomeScreen {
  constructor({ root, shell, words, enrol, begin }) {
    Object.assign(this, { root, shell, words, enrol, begin });
    this.problem = null;
    this.isAsking = false;
    this.typed = "";
  }

  // With a list at hand nothing needs to be typed.
  async start(assignment) {
    this.draw();
    return assignment ? this.ask({ assignment }) : this;
  }

  async ask(what) {
    this.isAsking = true;
    this.draw();
    try {
      const found = await this.enrol(what);
      return await this.begin(found);
    } catch (problem) {
      this.problem = problem.said || this.words.t(`enrol.${problem.code || "server"}`);
      this.isAsking = false;
      this.draw();
      const place = document.getElementById("number");
      if (place) {
        place.focus();
      }
      return this;
    }
  }

  draw() {
    const { words } = this;
    emptied(this.root).appendChild(h("div", { class: "app__body" },
      h("h1", { tabindex: "-1" }, words.t("enrol.title")),
      this.problem ? h("p", { class: "notice notice--error", role: "alert", id: "enrol-problem" }, this.problem) : null,
      this.isAsking ? h("p", { role: "status" }, words.t("enrol.asking")) : this.form(),
      h("p", {}, h("a", { href: this.shell.params.get("liste") ? this.shell.plainUrl : document.documentElement.dataset.account }, words.t("enrol.account")))));
  }

  form() {
    const { words } = this;
    return h("form", { class: "form", onsubmit: (event) => this.submit(event) },
      h("p", {}, words.t("enrol.what")),
      h("div", { class: "field" },
        h("label", { for: "number" }, words.t("enrol.number")),
        h("p", { class: "field__help muted", id: "number-help" }, words.t("enrol.number-help")),
        h("input", {
          id: "number", name: "number", value: this.typed, autocapitalize: "characters", autocomplete: "off", maxlength: 20, required: true, "aria-describedby": `number-help${this.problem ? " enrol-problem" : ""}`,
          "aria-invalid": this.problem ? "true" : null,
        })),
      h("button", {}, words.t("enrol.open")));
  }

  submit(event) {
    event.preventDefault();
    this.typed = event.target.elements.number.value;
    const digits = this.typed.replace(/\D/g, "");
    const letters = this.typed.replace(/[^A-Za-z]/g, "").toUpperCase();
    if (digits.length !== 8 || ![0, 4].includes(letters.length)) {
      this.problem = this.words.t("enrol.digits");
      this.draw();
      document.getElementById("number").focus();
      return null;
    }
    return this.ask({ number: digits + letters });
  }
}
