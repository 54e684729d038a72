// The screen on which two phones exchange what they recorded: show, read, or by text and file.

import { h } from "./dom.js";
import { Collector, canSee, canShow, drawer, packed, read, reader, take, toShow, written } from "./exchange.js";

const FRAME_MS = 450;
const LOOK_MS = 120;

export class HandoverScreen {
  constructor(app) {
    this.app = app;
    this.title = app.words.t("exchange.title");
    this.mode = null;
    this.all = true;
    this.result = null;
    this.canvas = h("canvas", { class: "code", role: "img", "aria-label": app.words.t("exchange.code") });
    this.video = h("video", { class: "camera", playsinline: true, muted: true, "aria-label": app.words.t("exchange.camera") });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": app.words.t("exchange.progress") });
    this.count = h("p", { class: "code__count" });
  }

  leave() {
    this.stop();
  }

  stop() {
    clearInterval(this.turning);
    clearTimeout(this.looking);
    this.isLooking = false;
    if (this.stream) {
      this.stream.getTracks().forEach((track) => track.stop());
      this.stream = null;
    }
  }

  draw() {
    const { words } = this.app;
    const step = (mode, key) => h("button", {
      type: "button", class: this.mode === mode ? null : "button button--quiet", "data-key": key, "aria-pressed": this.mode === mode ? "true" : "false",
      onclick: () => this.choose(mode),
    }, words.t(`exchange.${mode}`));
    return h("div", {},
      h("h1", { tabindex: "-1", "data-key": "title" }, this.title),
      h("p", {}, words.t("exchange.what")),
      canShow() ? null : h("p", { class: "notice notice--warn" }, words.t("exchange.too-old")),
      h("div", { class: "choices exchange__steps" },
        canShow() ? step("show", "show") : null, canSee() ? step("read", "read") : null, step("text", "text")),
      this.problem ? h("p", { class: "notice notice--error", role: "alert" }, words.t(this.problem)) : null,
      this.result ? this.told() : null,
      this.mode ? this[`${this.mode}Part`]() : null);
  }

  // What was just taken, and what to do next: the other direction.
  told() {
    const { words } = this.app;
    const { taken, known, refused } = this.result;
    return h("div", { class: "notice notice--ok", "data-result": taken },
      h("p", {}, h("strong", {}, words.n("exchange.taken", taken)), " ", known ? words.n("exchange.known", known) : null),
      refused ? h("p", {}, words.n("exchange.refused", refused)) : null,
      h("p", {}, words.t("exchange.turn")));
  }

  async choose(mode) {
    this.stop();
    this.problem = null;
    this.mode = mode;
    if (mode === "show") {
      await this.prepare();
    }
    this.app.redraw();
    if (mode === "read") {
      await this.look();
    }
  }

  events() {
    return toShow(this.app.phone, this.all);
  }

  // The frames of what is shown; drawn one after the other, for ever.
  async prepare() {
    try {
      this.frames = await packed(this.events());
      this.draws = this.draws || (await drawer());
    } catch (problem) {
      this.frames = [];
      this.problem = "exchange.too-much";
      return;
    }
    this.place = -1;
    this.turn();
    if (this.frames.length > 1) {
      this.turning = setInterval(() => this.turn(), FRAME_MS);
    }
  }

  turn() {
    this.place = (this.place + 1) % this.frames.length;
    this.draws(this.canvas, this.frames[this.place]);
    this.count.textContent = this.app.words.t("exchange.frame", { n: this.place + 1, of: this.frames.length });
  }

  showPart() {
    const { words } = this.app;
    const unsent = toShow(this.app.phone, false).length;
    return h("section", { "aria-labelledby": "showing" },
      h("h2", { id: "showing" }, words.n("exchange.showing", this.events().length)),
      this.frames.length ? [this.canvas, this.count] : null,
      h("p", {}, words.t("exchange.hold")),
      unsent && unsent < toShow(this.app.phone, true).length ? h("button", {
        type: "button", class: "button button--quiet", "data-key": "which", onclick: () => this.which(),
      }, this.all ? words.n("exchange.only-unsent", unsent) : words.t("exchange.all")) : null);
  }

  which() {
    this.all = !this.all;
    return this.choose("show");
  }

  readPart() {
    const { words } = this.app;
    return h("section", { "aria-labelledby": "reading" },
      h("h2", { id: "reading" }, words.t("exchange.reading")), this.video, this.progress, this.count, h("p", {}, words.t("exchange.aim")));
  }

  async look() {
    this.collector = new Collector();
    this.progress.value = 0;
    this.count.textContent = "";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      this.video.srcObject = this.stream;
      await this.video.play();
      this.reads = this.reads || (await reader());
    } catch (problem) {
      this.stop();
      this.problem = "exchange.no-camera";
      this.mode = "text";
      this.app.redraw();
      return;
    }
    if (this.app.isShown(this) && this.mode === "read") {
      this.isLooking = true;
      this.lookAgain();
    } else {
      this.stop();
    }
  }

  async lookAgain() {
    if (!this.isLooking) {
      return;
    }
    const texts = this.video.readyState >= 2 ? await this.reads(this.video).catch(() => []) : [];
    for (const text of texts) {
      await this.seen(text);
    }
    this.looking = setTimeout(() => this.lookAgain(), LOOK_MS);
  }

  // A code was read, by the camera or from a picture.
  async seen(text) {
    const { words } = this.app;
    let found;
    try {
      found = await this.collector.add(text);
    } catch (problem) {
      this.problem = "exchange.unreadable";
      this.app.redraw();
      return;
    }
    if (found.fresh) {
      this.progress.max = found.of;
      this.progress.value = found.have;
      this.count.textContent = words.t("exchange.have", { n: found.have, of: found.of });
      if (found.have === 1 || found.have % 5 === 0) {
        this.app.say(this.count.textContent);
      }
    }
    if (found.events) {
      await this.taken(found.events);
    }
  }

  async taken(said) {
    this.stop();
    this.mode = null;
    this.problem = null;
    this.result = await take(this.app.book, said);
    await this.app.changed();
    this.app.say(this.app.words.n("exchange.taken", this.result.taken));
    this.app.focus("show");
    this.app.sendNow();
  }

  textPart() {
    const { words } = this.app;
    const said = written(this.events());
    return h("section", { "aria-labelledby": "text" },
      h("h2", { id: "text" }, words.t("exchange.text")),
      h("p", {}, words.t("exchange.text-what")),
      h("div", { class: "cluster" },
        h("button", { type: "button", class: "button button--quiet", "data-key": "save", onclick: () => this.save(said) }, words.t("exchange.save")),
        navigator.clipboard ? h("button", { type: "button", class: "button button--quiet", "data-key": "copy", onclick: () => this.copy(said) }, words.t("exchange.copy")) : null),
      h("div", { class: "field" }, h("label", { for: "own" }, words.t("exchange.own")),
        h("textarea", { id: "own", readonly: true, rows: 3, spellcheck: "false" }, said)),
      h("form", { onsubmit: (event) => this.paste(event) },
        h("div", { class: "field" }, h("label", { for: "pasted" }, words.t("exchange.paste")),
          h("textarea", { id: "pasted", name: "pasted", rows: 4, spellcheck: "false", autocomplete: "off", "data-key": "pasted" })),
        h("div", { class: "field" }, h("label", { for: "file" }, words.t("exchange.file")),
          h("input", { id: "file", name: "file", type: "file", accept: "image/*,.json,.txt,application/json,text/plain", multiple: true, "data-key": "file" })),
        h("button", { "data-key": "take" }, words.t("exchange.take"))));
  }

  save(said) {
    const address = URL.createObjectURL(new Blob([said], { type: "application/json" }));
    h("a", { href: address, download: `passages-${this.app.phone.device.slice(0, 8)}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  async copy(said) {
    await navigator.clipboard.writeText(said).then(
      () => this.app.say(this.app.words.t("exchange.copied"), true),
      () => this.app.say(this.app.words.t("exchange.not-copied"), true, true),
    );
  }

  async paste(event) {
    event.preventDefault();
    const { pasted, file } = event.target.elements;
    try {
      const said = pasted.value.trim() ? await read(pasted.value) : await this.readFiles([...file.files]);
      if (said === null) {
        throw new Error("frames are missing");
      }
      await this.taken(said);
    } catch (problem) {
      this.problem = "exchange.unreadable";
      this.app.redraw();
    }
  }

  // Text files are read as they are; pictures are looked at for codes, each of which may hold a part.
  async readFiles(files) {
    const texts = [];
    for (const file of files) {
      if (file.type.startsWith("image/")) {
        this.reads = this.reads || (await reader());
        texts.push(...(await this.reads(await createImageBitmap(file))));
      } else {
        texts.push(await new Response(file).text());
      }
    }
    return read(texts.join("\n"));
  }
}
