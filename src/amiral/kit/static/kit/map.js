// Turns each drawn map into one to move and zoom. The drawing itself is the data: its paths are read back
// into degrees, its colours come from the style sheet. Words are set by textContent, never as HTML.
const RADIUS_M = 6378137;
const here = (path) => new URL(path, import.meta.url).href;

const load = (element) => new Promise((resolve, reject) => {
  element.addEventListener("load", resolve, { once: true });
  element.addEventListener("error", reject, { once: true });
  document.head.append(element);
});

let ready;
function leaflet() {
  ready = ready || Promise.all([
    load(Object.assign(document.createElement("link"), { rel: "stylesheet", href: here("../leaflet/leaflet.css") })),
    load(Object.assign(document.createElement("script"), { src: here("../leaflet/leaflet.js") })),
  ]).then(() => window.L);
  return ready;
}

function degrees(svg) {
  const { west, north, scale } = svg.dataset;
  return (x, y) => [
    (2 * Math.atan(Math.exp((+north - y / +scale) / RADIUS_M)) - Math.PI / 2) * 180 / Math.PI,
    ((+west + x / +scale) / RADIUS_M) * 180 / Math.PI,
  ];
}

/** The parts of `M x y l dx dy … z` and `M x y h0`, as the server writes them. */
function parts(d, place) {
  return d.split("M").slice(1).map((part) => {
    const numbers = part.match(/-?\d+/g).map(Number);
    let [x, y] = numbers;
    const line = [place(x, y)];
    if (part.includes("h")) return line;
    for (let i = 2; i < numbers.length; i += 2) {
      x += numbers[i];
      y += numbers[i + 1];
      line.push(place(x, y));
    }
    return line;
  });
}

function look(path) {
  const style = getComputedStyle(path);
  return {
    stroke: style.stroke !== "none", color: style.stroke, weight: parseFloat(style.strokeWidth),
    opacity: parseFloat(style.strokeOpacity), fill: style.fill !== "none", fillColor: style.fill,
    fillOpacity: parseFloat(style.fillOpacity), dashArray: style.strokeDasharray === "none" ? null : style.strokeDasharray.replace(/px/g, ""),
    lineCap: style.strokeLinecap, lineJoin: style.strokeLinejoin,
  };
}

/** As Leaflet wants it; points are discs. Asked once per path: it is slow, and a path may hold thousands. */
function lookOf(path) {
  const { color, weight, ...rest } = look(path);
  if (!path.classList.contains("shape-point")) return { color, weight, ...rest };
  return { radius: weight / 2, stroke: false, fill: true, fillColor: color, fillOpacity: 1 };
}

function words(path) {
  const link = path.closest("a");
  const title = path.querySelector("title");
  const label = (title && title.textContent) || (link && link.getAttribute("aria-label")) || "";
  if (!label) return null;
  const element = document.createElement(link ? "a" : "span");
  element.textContent = label;
  if (link) element.href = link.getAttribute("href");
  return element;
}

function layersOf(L, path, place) {
  const lines = parts(path.getAttribute("d"), place);
  const appearance = lookOf(path);
  if (path.classList.contains("shape-point")) {
    return lines.map(([point]) => L.circleMarker(point, appearance));
  }
  const draw = path.classList.contains("shape-area") ? L.polygon : L.polyline;
  return [draw(lines, appearance)];
}

function number(L, text, place) {
  const label = document.createElement("span");
  label.textContent = text.textContent;
  const icon = L.divIcon({ className: `map__number ${text.getAttribute("class") || ""}`, html: label, iconSize: [32, 24] });
  return L.marker(place(+text.getAttribute("x"), +text.getAttribute("y")), { icon, interactive: false, keyboard: false });
}

/** Writes the numbers of this width of window; those that would cover one written before wait for the next zoom.
    First come the names of streets, then those that the drawing shows. */
function writeNumbers(L, map, svg, place) {
  const other = matchMedia("(max-width: 40rem)").matches ? "map-wide" : "map-narrow";
  const rank = ({ classList }) => (classList.contains("map-name") ? 0 : classList.contains("map-close") ? 2 : 1);
  const texts = [...svg.querySelectorAll("text")].filter((text) => !text.classList.contains(other));
  const markers = texts.sort((a, b) => rank(a) - rank(b)).map((text) => number(L, text, place).addTo(map));
  const shown = markers.map((marker) => marker.getElement());
  const sizes = shown.map(({ firstChild }) => [firstChild.offsetWidth, firstChild.offsetHeight]);
  const write = () => {
    const written = [];
    for (const [i, marker] of markers.entries()) {
      const { x, y } = map.latLngToLayerPoint(marker.getLatLng());
      const [wide, high] = sizes[i];
      const room = written.every(([x0, y0, w, h]) => Math.abs(x - x0) * 2 >= wide + w || Math.abs(y - y0) * 2 >= high + h);
      shown[i].style.visibility = room ? "" : "hidden";
      if (room) written.push([x, y, wide, high]);
    }
  };
  map.on("zoomend", write);
  write();
}

/** Points as small as on the drawing at first, then larger with every zoom, to be touched by a finger. */
function growPoints(map, drawn) {
  const start = map.getZoom();
  const points = drawn.filter(([layer]) => layer.setRadius).map(([layer]) => [layer, layer.getRadius()]);
  map.on("zoomend", () => {
    const factor = Math.min(3, Math.max(1, 2 ** ((map.getZoom() - start) / 2)));
    for (const [layer, radius] of points) layer.setRadius(radius * factor);
  });
}

function enliven(L, figure) {
  const svg = figure.querySelector(".map__sheet svg");
  const place = degrees(svg);
  const box = svg.viewBox.baseVal;
  const live = document.createElement("div");
  live.className = "map__live";
  live.style.aspectRatio = `${box.width} / ${box.height}`;
  live.setAttribute("role", "region");
  live.setAttribute("aria-label", svg.getAttribute("aria-label"));
  const map = L.map(live, { renderer: L.canvas({ tolerance: 6 }), attributionControl: false, zoomSnap: 0, maxZoom: 20 });
  const drawn = [];
  for (const path of svg.querySelectorAll("path")) {
    for (const layer of layersOf(L, path, place)) {
      const popup = words(path);
      if (popup) layer.bindPopup(popup);
      drawn.push([layer.addTo(map), path]);
    }
  }
  svg.parentElement.hidden = true;
  svg.parentElement.after(live);
  map.invalidateSize(false);
  map.fitBounds([place(0, box.height), place(box.width, 0)]);
  growPoints(map, drawn);
  writeNumbers(L, map, svg, place);
  figure.dispatchEvent(new CustomEvent("map", { bubbles: true, detail: { L, map } }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    const looks = new Map([...svg.querySelectorAll("path")].map((path) => [path, lookOf(path)]));
    for (const [layer, path] of drawn) layer.setStyle(looks.get(path));
  });
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    seen.unobserve(entry.target);
    leaflet().then((L) => enliven(L, entry.target));
  }
}, { rootMargin: "200px" });
for (const figure of document.querySelectorAll("figure.map")) {
  if (figure.querySelector(".map__sheet svg")) seen.observe(figure);
}
