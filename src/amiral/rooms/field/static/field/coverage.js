// Keeps the figures of an open page of coverage true: server-sent events, or a question every twenty seconds
// where the server has no room for one more stream. The map becomes tiles drawn by this server.
const ASK_MS = 20000;
const TRY_STREAM_AGAIN_MS = 120000;
const here = document.querySelector("[data-coverage]");

if (here) {
  const { stream, live, tiles, view, place, wordsLive, wordsAsks, wordsStill } = here.dataset;
  const page = new URLSearchParams(location.search).get("page") || "1";
  const query = `?${new URLSearchParams({ vue: view, page, lieu: place })}`;
  const state = here.querySelector("[data-state]");
  const link = here.querySelector("[data-without-script]");
  const language = document.documentElement.lang;
  const whole = new Intl.NumberFormat(language);
  const hours = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  let version = here.dataset.version;
  let asking = 0;
  const redraws = [];

  if (link) link.hidden = true;

  const say = (words) => {
    if (state.textContent !== words) state.textContent = words;
  };

  const write = (line, name, words) => {
    const cell = line.querySelector(`[data-figure="${name}"]`);
    if (cell && cell.textContent !== words) cell.textContent = words;
  };

  const show = (told) => {
    for (const line of here.querySelectorAll("[data-line]")) {
      const figures = told.figures[line.dataset.line];
      if (!figures) continue;
      write(line, "done", whole.format(figures.done));
      write(line, "dwellings_done", whole.format(figures.dwellings_done));
      write(line, "percent", String(figures.percent));
      write(line, "in_hand", whole.format(figures.in_hand));
      write(line, "hours", hours.format(figures.minutes_left / 60));
    }
    if (told.version !== version) {
      version = told.version;
      for (const redraw of redraws) redraw();
    }
  };

  const ask = () => fetch(live + query, { headers: { Accept: "application/json" } })
    .then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    })
    .then((told) => {
      show(told);
      say(wordsAsks);
    })
    .catch(() => say(wordsStill));

  const startAsking = () => {
    if (asking) return;
    ask();
    asking = setInterval(() => document.hidden || ask(), ASK_MS);
    setTimeout(listen, TRY_STREAM_AGAIN_MS);
  };

  const stopAsking = () => {
    clearInterval(asking);
    asking = 0;
  };

  function listen() {
    if (!window.EventSource) return;
    const source = new EventSource(stream + query);
    source.addEventListener("progress", (event) => {
      stopAsking();
      show(JSON.parse(event.data));
      say(wordsLive);
    });
    source.addEventListener("error", () => {
      // The browser comes back by itself, unless the server had no room or took the right away.
      if (source.readyState === EventSource.CLOSED) startAsking();
    });
    // A page that nobody looks at leaves its place to others.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) return;
      source.close();
      document.addEventListener("visibilitychange", listen, { once: true });
    }, { once: true });
  }

  here.addEventListener("map", ({ detail: { L, map } }) => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const address = (layer) => `${tiles}{z}/{x}/{y}.svg?theme=${dark.matches ? "sombre" : "clair"}&couche=${layer}`;
    // zoomSnap is 0: tiles exist for whole zooms and are stretched between.
    const options = { minZoom: 8, maxZoom: 20, updateWhenZooming: false };
    const ground = L.tileLayer(address("fond"), { ...options, zIndex: 1 }).addTo(map);
    const doors = L.tileLayer(`${address("portes")}&v=${version}`, { ...options, zIndex: 2 }).addTo(map);
    // Taken off and put back: redrawn in place, Leaflet would ask for tiles of the fractional zoom.
    const change = (layer, url) => layer.setUrl(url, true).remove().addTo(map);
    const redraw = () => change(doors, `${address("portes")}&v=${version}`);
    redraws.push(redraw);
    dark.addEventListener("change", () => {
      change(ground, address("fond"));
      redraw();
    });
    // Drawn by the tiles, and truer there; lines and areas stay for their words and links, faintly.
    map.eachLayer((layer) => {
      if (!layer.setStyle) return;
      const isPoint = Boolean(layer.setRadius);
      const isNamed = Boolean(layer.getPopup());
      if (isPoint || !isNamed) layer.setStyle({ opacity: 0, fillOpacity: 0 });
    });
  });

  // Not at once: who only passes through takes no place.
  if (window.EventSource) setTimeout(listen, 1000);
  else startAsking();
}
