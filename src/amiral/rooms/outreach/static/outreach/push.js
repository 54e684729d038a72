// Switches this browser on for notifications: the browser makes the keys, the page's own form sends them. Nothing
// is asked of the person before the button is pressed.

const place = document.getElementById("push");

function part(name) {
  return place.querySelector(`[data-push="${name}"]`);
}

function bytes(text) {
  const base = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base + "=".repeat((4 - (base.length % 4)) % 4)), (char) => char.charCodeAt(0));
}

function text(buffer) {
  const raw = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function say(words) {
  const problem = part("problem");
  problem.textContent = words;
  problem.hidden = false;
}

async function subscribed() {
  const registration = await navigator.serviceWorker.register(place.dataset.worker);
  const known = await registration.pushManager.getSubscription();
  if (known) {
    return known;
  }
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(place.dataset.key) });
}

async function switchOn(event) {
  const form = event.target;
  if (form.elements.endpoint.value) {
    return;
  }
  event.preventDefault();
  if ((await Notification.requestPermission()) !== "granted") {
    say(place.dataset.denied);
    return;
  }
  try {
    const found = await subscribed();
    form.elements.endpoint.value = found.endpoint;
    form.elements.p256dh.value = text(found.getKey("p256dh"));
    form.elements.auth.value = text(found.getKey("auth"));
  } catch (trouble) {
    say(place.dataset.failed);
    return;
  }
  form.submit();
}

if (place && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  part("without").hidden = true;
  part("form").hidden = false;
  part("form").addEventListener("submit", switchOn);
}
