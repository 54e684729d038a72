// The map of a turf, drawn from the pack: no tile, no request. Where we are is drawn here and told to nobody.

import { h, svg } from "./dom.js";

const METRES_PER_DEGREE = 111195;
const SMALLEST_M = 40;
const NAMES_BELOW_M = 900;
const NUMBERS_BELOW_M = 260;
const TAP_PX = 30;
const KEYS = {
  ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, -0.2], ArrowDown: [0, 0.2],
};

// Longitude and latitude → metres east and south of the middle of the turf.
export function projection(doors) {
  const lons = doors.map((door) => door.lon);
  const lats = doors.map((door) => door.lat);
  const lon0 = (Math.min(...lons) + Math.max(...lons)) / 2;
  const lat0 = (Math.min(...lats) + Math.max(...lats)) / 2;
  const squeeze = Math.cos((lat0 * Math.PI) / 180);
  return (lon, lat) => [(lon - lon0) * METRES_PER_DEGREE * squeeze, (lat0 - lat) * METRES_PER_DEGREE];
}

export function around(points, margin) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs) - margin, Math.min(...ys) - margin];
  return { x: left, y: top, w: Math.max(...xs) + margin - left, h: Math.max(...ys) + margin - top };
}

// The same middle, at least as wide and as high, in the shape of the window.
export function fitted(box, ratio) {
  const w = Math.max(box.w, box.h * ratio, SMALLEST_M);
  const high = w / ratio;
  return { x: box.x + (box.w - w) / 2, y: box.y + (box.h - high) / 2, w, h: high };
}

// Larger or smaller around a point that stays where it is.
function zoomed(view, factor, [x, y], most) {
  const w = Math.max(SMALLEST_M, Math.min(most, view.w * factor));
  const by = w / view.w;
  return { x: x - (x - view.x) * by, y: y - (y - view.y) * by, w, h: view.h * by };
}

function path(line) {
  return line.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function dots(points) {
  return points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
}

// Places along a line, close enough that a long straight street has one in every window.
function along(line) {
  const found = [];
  for (let i = 1; i < line.length; i += 1) {
    const [[x, y], [u, v]] = [line[i - 1], line[i]];
    const parts = Math.max(1, Math.ceil(Math.hypot(u - x, v - y) / 30));
    for (let part = 0; part < parts; part += 1) {
      found.push([x + ((u - x) * part) / parts, y + ((v - y) * part) / parts]);
    }
  }
  return found;
}

export class TurfMap {
  // choose(door) is called when somebody touches a door.
  constructor({ model, words, choose }) {
    this.words = words;
    this.choose = choose;
    this.model = model;
    this.project = projection(model.doors);
    this.places = new Map(model.doors.map((door) => [door.id, this.project(door.lon, door.lat)]));
    this.home = around([...this.places.values()].concat(this.lineOf(model.pack.walk)), 30);
    this.most = Math.max(this.home.w, this.home.h) * 4;
    this.pointers = new Map();
    this.draw();
  }

  lineOf(line) {
    return (line || []).map(([lon, lat]) => this.project(lon, lat));
  }

  draw() {
    const { pack } = this.model;
    this.marks = svg("g", {});
    this.texts = svg("g", { class: "turfmap__texts" });
    this.me = svg("g", { class: "turfmap__me" });
    this.sheet = svg("svg", { "aria-hidden": "true", focusable: "false" },
      svg("path", { class: "turfmap__building", d: (pack.buildings || []).map((ring) => `${path(this.lineOf(ring))}Z`).join("") }),
      svg("path", { class: "turfmap__case", d: (pack.streets || []).map((street) => path(this.lineOf(street.line))).join("") }),
      svg("path", { class: "turfmap__street", d: (pack.streets || []).map((street) => path(this.lineOf(street.line))).join("") }),
      svg("path", { class: "turfmap__walk", d: path(this.lineOf(pack.walk)) }),
      this.marks, this.texts, this.me);
    this.element = h("div", {
      class: "turfmap", tabindex: "0", role: "group", "data-key": "map",
      "aria-label": this.words.t("map.label"),
      onkeydown: (event) => this.key(event),
    }, this.sheet);
    this.listen();
    this.update(this.model);
  }

  // After the element is in the page: its size is known only then.
  shown() {
    this.view = fitted(this.view || this.home, this.ratio());
    this.show();
  }

  ratio() {
    return (this.element.clientWidth || 1) / (this.element.clientHeight || 1);
  }

  show() {
    const { x, y, w, h: high } = this.view;
    this.sheet.setAttribute("viewBox", `${x} ${y} ${w} ${high}`);
    this.write();
  }

  metresPerPixel() {
    return this.view.w / (this.element.clientWidth || 1);
  }

  // A point, or in leaflet rounds the side of a street.
  drawn(door) {
    const line = door.side ? this.lineOf(door.side.line) : [];
    return line.length > 1 ? path(line) : dots([this.places.get(door.id)]);
  }

  // The state of the doors: five paths, however many doors.
  update(model) {
    this.model = model;
    const next = model.nextAfter(null);
    const groups = { done: [], begun: [], todo: [], wish: [], given: [] };
    model.doors.forEach((door) => groups[model.statusOf(door)].push(this.drawn(door)));
    while (this.marks.firstChild) {
      this.marks.removeChild(this.marks.firstChild);
    }
    Object.keys(groups).forEach((status) => {
      this.marks.appendChild(svg("path", { class: "turfmap__edge", d: groups[status].join("") }));
      this.marks.appendChild(svg("path", { class: `turfmap__door turfmap__door--${status}`, d: groups[status].join("") }));
    });
    if (next) {
      const spot = dots([this.places.get(next.id)]);
      this.marks.appendChild(svg("path", { class: "turfmap__next-edge", d: spot }));
      this.marks.appendChild(svg("path", { class: "turfmap__next", d: spot }));
    }
    this.next = next;
    if (this.view) {
      this.write();
    }
  }

  // Numbers of doors and names of streets, in the size of reading, where there is room.
  write() {
    while (this.texts.firstChild) {
      this.texts.removeChild(this.texts.firstChild);
    }
    const size = this.metresPerPixel() * 15;
    const taken = [];
    if (this.next) {
      this.letter(this.next.number || "•", this.places.get(this.next.id), size * 1.15, "turfmap__number turfmap__number--next", taken, -1.5);
    }
    if (this.view.w < NUMBERS_BELOW_M) {
      this.model.doors.forEach((door) => this.letter(door.number, this.places.get(door.id), size, "turfmap__number", taken, -1.1));
    }
    if (this.view.w < NAMES_BELOW_M) {
      this.streetNames(size, taken);
    }
  }

  streetNames(size, taken) {
    const named = new Set();
    (this.model.pack.streets || []).forEach((street) => {
      const inside = along(this.lineOf(street.line)).filter(([x, y]) => this.sees(x, y));
      if (street.name && inside.length && !named.has(street.name)) {
        const middle = inside[Math.floor(inside.length / 2)];
        if (this.letter(street.name, middle, size, "turfmap__name", taken, 0)) {
          named.add(street.name);
        }
      }
    });
  }

  sees(x, y) {
    const { view } = this;
    return x > view.x && x < view.x + view.w && y > view.y && y < view.y + view.h;
  }

  letter(text, [x, y], size, name, taken, rise) {
    const half = (String(text).length * size * 0.68) / 2;
    const box = [x - half, y + rise * size - size / 2, x + half, y + rise * size + size / 2];
    const free = taken.every((other) => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1]);
    if (!text || !free || !this.sees(x, y)) {
      return false;
    }
    taken.push(box);
    this.texts.appendChild(svg("text", { x, y: y + rise * size, class: name, "font-size": size, "stroke-width": size * 0.25 }, text));
    return true;
  }

  // here: { lon, lat, accuracy in metres }. It is a circle on this screen, and nothing else.
  locate(here) {
    const [x, y] = this.project(here.lon, here.lat);
    const first = !this.me.firstChild;
    while (this.me.firstChild) {
      this.me.removeChild(this.me.firstChild);
    }
    this.me.appendChild(svg("circle", { class: "turfmap__accuracy", cx: x, cy: y, r: Math.min(here.accuracy || 0, 200) }));
    this.me.appendChild(svg("path", { class: "turfmap__me-edge", d: dots([[x, y]]) }));
    this.me.appendChild(svg("path", { class: "turfmap__me-dot", d: dots([[x, y]]) }));
    if (first && !this.sees(x, y)) {
      const { view, home } = this;
      this.view = fitted(around([[x, y], [home.x, home.y], [home.x + home.w, home.y + home.h]], 20), this.ratio());
      this.most = Math.max(this.most, view.w, this.view.w);
      this.show();
    }
  }

  zoom(factor, at) {
    const { view } = this;
    this.view = zoomed(view, factor, at || [view.x + view.w / 2, view.y + view.h / 2], this.most);
    this.show();
  }

  // In parts of the window.
  move(right, down) {
    this.view = { ...this.view, x: this.view.x + right * this.view.w, y: this.view.y + down * this.view.h };
    this.show();
  }

  whole() {
    this.view = fitted(this.home, this.ratio());
    this.show();
  }

  key(event) {
    if (KEYS[event.key]) {
      this.move(...KEYS[event.key]);
    } else if (event.key === "+" || event.key === "=") {
      this.zoom(0.7);
    } else if (event.key === "-") {
      this.zoom(1 / 0.7);
    } else if (event.key === "0" || event.key === "Home") {
      this.whole();
    } else if (event.key === "Enter" && this.next) {
      this.choose(this.next);
    } else {
      return;
    }
    event.preventDefault();
  }

  at(event) {
    const box = this.element.getBoundingClientRect();
    return [
      this.view.x + ((event.clientX - box.left) / box.width) * this.view.w,
      this.view.y + ((event.clientY - box.top) / box.height) * this.view.h,
    ];
  }

  listen() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => {
      this.pointers.set(event.pointerId, event);
      this.moved = this.pointers.size > 1;
    });
    element.addEventListener("pointermove", (event) => this.drag(event));
    ["pointerup", "pointercancel", "pointerleave"].forEach((name) => element.addEventListener(name, (event) => this.release(event)));
    element.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, this.at(event));
    }, { passive: false });
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      return;
    }
    const other = [...this.pointers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      this.zoom(gap(before) / gap(event), this.at({
        clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2,
      }));
    } else {
      const [right, down] = [event.clientX - before.clientX, event.clientY - before.clientY];
      if (!this.moved && Math.hypot(right, down) < 8) {
        return;
      }
      this.moved = true;
      this.move(-right / this.element.clientWidth, -down / this.element.clientHeight);
    }
    this.pointers.set(event.pointerId, event);
  }

  release(event) {
    if (this.pointers.delete(event.pointerId) && event.type === "pointerup" && !this.moved) {
      this.touch(this.at(event));
    }
  }

  touch([x, y]) {
    const reach = TAP_PX * this.metresPerPixel();
    let nearest = null;
    let shortest = reach;
    this.places.forEach(([a, b], id) => {
      const way = Math.hypot(a - x, b - y);
      if (way < shortest) {
        shortest = way;
        nearest = id;
      }
    });
    if (nearest) {
      this.choose(this.model.byId.get(nearest));
    }
  }
}
