// Drawing an outline by clicking on the map. The text field holds the corners and is what is sent; without this
// script they are typed. Where the page asks for it, the points of the map inside are counted while one draws.
const field = document.querySelector("textarea[data-outline]");
const tools = document.querySelector("[data-outline-tools]");
const status = tools && tools.querySelector("[data-outline-status]");
const PLACES = 6;

/** Corners as [latitude, longitude], from GeoJSON of one ring or from lines; null for what cannot be drawn. */
function read(text) {
  if (!text.trim()) return [];
  if (!text.trim().startsWith("{")) {
    const lines = text.split("\n").filter((line) => line.trim());
    const corners = lines.map((line) => (line.match(/[-+]?\d+(?:\.\d+)?/g) || []).map(Number));
    return corners.every((corner) => corner.length === 2) ? corners : null;
  }
  try {
    const shape = JSON.parse(text);
    if (shape.type !== "Polygon" || shape.coordinates.length !== 1) return null;
    return shape.coordinates[0].slice(0, -1).map(([longitude, latitude]) => [latitude, longitude]);
  } catch (problem) {
    return null;
  }
}

const write = (corners) => corners.map((corner) => corner.map((one) => one.toFixed(PLACES)).join(", ")).join("\n");

/** Whether a point lies in the area, by the crossings of a ray (Shimrat 1962). */
function isInside([y, x], corners) {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [yi, xi] = corners[i];
    const [yj, xj] = corners[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function begin({ L, map }) {
  const points = [];
  map.eachLayer((layer) => {
    if (layer instanceof L.CircleMarker) points.push([layer.getLatLng().lat, layer.getLatLng().lng]);
  });
  const renderer = L.svg();
  const shape = L.polygon([], { renderer, className: "map-outline map-outline--drawn", interactive: false }).addTo(map);
  const dots = L.layerGroup().addTo(map);
  const show = () => {
    const corners = read(field.value);
    shape.setLatLngs(corners || []);
    dots.clearLayers();
    for (const corner of corners || []) L.circleMarker(corner, { renderer, radius: 5, interactive: false }).addTo(dots);
    const { words, inside } = status.dataset;
    const count = () => points.filter((point) => isInside(point, corners)).length;
    const counted = inside && points.length && corners && corners.length > 2 ? ` · ${inside} ${count()}` : "";
    status.textContent = corners ? `${words} ${corners.length}${counted}` : "";
  };
  const change = (how) => {
    const corners = read(field.value);
    if (corners === null) return;
    field.value = write(how(corners));
    show();
  };
  map.doubleClickZoom.disable();
  map.on("click", ({ latlng }) => {
    map.closePopup();
    change((corners) => [...corners, [latlng.lat, latlng.lng]]);
  });
  tools.querySelector("[data-outline-undo]").addEventListener("click", () => change((corners) => corners.slice(0, -1)));
  tools.querySelector("[data-outline-clear]").addEventListener("click", () => {
    field.value = "";
    show();
  });
  field.addEventListener("input", show);
  tools.hidden = false;
  show();
}

if (field && tools) document.addEventListener("map", (event) => begin(event.detail), { once: true });
