// Choosing the coordinates of a meeting point by clicking on the map. The two fields hold them and are what is sent;
// without this script they are typed.
const latitude = document.querySelector("input[name=latitude]");
const longitude = document.querySelector("input[name=longitude]");
const tools = document.querySelector("[data-place-tools]");
const status = tools && tools.querySelector("[data-place-status]");
const PLACES = 6;
const comma = document.documentElement.lang === "fr";

/** A number typed with a point or a comma; null for what is none. */
function read(field) {
  const text = field.value.trim().replace(",", ".");
  return text && Number.isFinite(Number(text)) ? Number(text) : null;
}

function write(field, number) {
  const text = number.toFixed(PLACES);
  field.value = comma ? text.replace(".", ",") : text;
}

function begin({ L, map }) {
  const dots = L.layerGroup().addTo(map);
  const renderer = L.svg();
  const show = () => {
    dots.clearLayers();
    const [lat, lng] = [read(latitude), read(longitude)];
    if (lat !== null && lng !== null) {
      L.circleMarker([lat, lng], { renderer, radius: 9, className: "map-place", interactive: false }).addTo(dots);
    }
    status.textContent = lat !== null && lng !== null ? `${status.dataset.words} ${latitude.value} / ${longitude.value}` : "";
  };
  map.on("click", ({ latlng }) => {
    map.closePopup();
    write(latitude, latlng.lat);
    write(longitude, latlng.lng);
    show();
  });
  tools.querySelector("[data-place-clear]").addEventListener("click", () => {
    latitude.value = longitude.value = "";
    show();
  });
  for (const field of [latitude, longitude]) field.addEventListener("input", show);
  tools.hidden = false;
  show();
}

if (latitude && longitude && tools) document.addEventListener("map", (event) => begin(event.detail), { once: true });
