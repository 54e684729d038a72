// Fills in the device's position when somebody asks for it, and takes it out again. Typing a commune needs none of this.
const tools = document.querySelector("[data-near-tools]");
const [lon, lat, typed] = ["lon", "lat", "q"].map((name) => document.querySelector(`form [name="${name}"]`));

function show(words) {
  tools.querySelector("[role=status]").textContent = words;
  tools.querySelector("[data-near-forget]").hidden = !lon.value;
}

function fill({ coords }) {
  // A hundredth of a degree is about a kilometre: near enough to find help, too rough to find a house.
  lon.value = coords.longitude.toFixed(2);
  lat.value = coords.latitude.toFixed(2);
  typed.value = "";
  show(tools.dataset.found);
}

if (tools && lon && lat && typed && navigator.geolocation) {
  tools.hidden = false;
  show(lon.value ? tools.dataset.found : "");
  tools.querySelector("[data-near-find]").addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    fill,
    () => show(tools.dataset.refused),
    { timeout: 10000, maximumAge: 600000 },
  ));
  const forget = () => {
    lon.value = "";
    lat.value = "";
    show("");
  };
  tools.querySelector("[data-near-forget]").addEventListener("click", forget);
  typed.addEventListener("input", forget);
}
