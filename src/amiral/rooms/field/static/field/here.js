// Fills in where the team stands: from the device when asked, or from a touch on the map. Typing stays possible.
const tools = document.querySelector("[data-here-tools]");
const [lon, lat, address] = ["lon", "lat", "adresse"].map((name) => document.querySelector(`form [name="${name}"]`));
const status = tools && tools.querySelector("[role=status]");

function fill(longitude, latitude, words) {
  lon.value = longitude.toFixed(6);
  lat.value = latitude.toFixed(6);
  address.value = "";
  status.textContent = words;
}

if (tools && lon) {
  const button = tools.querySelector("[data-here-find]");
  tools.hidden = false;
  if (!navigator.geolocation) button.hidden = true;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => fill(coords.longitude, coords.latitude, tools.dataset.found),
    () => { status.textContent = tools.dataset.refused; },
    { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
  ));
  let pin;
  document.addEventListener("map", ({ detail: { L, map } }) => map.on("click", ({ latlng }) => {
    map.closePopup();
    fill(latlng.lng, latlng.lat, tools.dataset.chosen);
    pin = pin || L.circleMarker(latlng, { renderer: L.svg(), radius: 8, className: "map-place", interactive: false }).addTo(map);
    pin.setLatLng(latlng);
  }), { once: true });
}
