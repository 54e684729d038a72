// Drawing a boundary by clicking on the map. The text field holds the corners and is what is sent; without this
// script they are typed. Doors inside are counted while one draws; the server counts again.
const field = document.querySelector("textarea[data-boundary]");
const tools = document.querySelector("[data-boundary-tools]");
const status = tools?.querySelector("[data-boundary-status]");
const PLACES = 6;

/** Corners as [latitude, longitude]; null while a line is not two numbers. */
function read(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const corners = lines.map((line) => (line.match(/[-+]?\d+(?:\.\d+)?/g) ?? []).map(Number));
  return corners.every((corner) => corner.length === 2) ? corners : null;
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
  const doors = [];
  map.eachLayer((layer) => {
    if (layer instanceof L.CircleMarker) doors.push([layer.getLatLng().lat, layer.getLatLng().lng]);
  });
  const renderer = L.svg();
  const shape = L.polygon([], { renderer, className: "map-outline map-outline--drawn", interactive: false }).addTo(map);
  const dots = L.layerGroup().addTo(map);
  const show = () => {
    const corners = read(field.value);
    shape.setLatLngs(corners ?? []);
    dots.clearLayers();
    for (const corner of corners ?? []) L.circleMarker(corner, { renderer, radius: 5, interactive: false }).addTo(dots);
    const { corners: cornersWord, doors: doorsWord } = status.dataset;
    const count = corners?.length > 2 ? doors.filter((door) => isInside(door, corners)).length : 0;
    const counted = doors.length && corners?.length > 2 ? ` · ${doorsWord} ${count}` : "";
    status.textContent = corners ? `${cornersWord} ${corners.length}${counted}` : "";
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
  tools.querySelector("[data-boundary-undo]").addEventListener("click", () => change((corners) => corners.slice(0, -1)));
  tools.querySelector("[data-boundary-clear]").addEventListener("click", () => {
    field.value = "";
    show();
  });
  field.addEventListener("input", show);
  tools.hidden = false;
  show();
}

if (field && tools) document.addEventListener("map", (event) => begin(event.detail), { once: true });
