// New posts are announced, never pushed under the eyes of who reads: a link shows them.
const LEAST_WAIT_S = 25;
const place = document.querySelector("[data-live]");

function tell(count) {
  if (!count) return;
  const link = document.createElement("a");
  link.href = location.pathname + location.search;
  link.textContent = count === 1 ? place.dataset.one : place.dataset.many;
  place.replaceChildren(link);
  place.hidden = false;
}

function listen() {
  const source = new EventSource(place.dataset.live);
  source.addEventListener("feed", (event) => tell(JSON.parse(event.data).posts));
  source.addEventListener("error", () => {
    // 503: no stream is free. The browser would not come back by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, LEAST_WAIT_S * 1000);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
}

if (place && "EventSource" in window) listen();
