// The shell: starts the app, makes it usable without network, brings new versions, and says honestly what the browser promised.
//
// The page is the same for everybody; everything personal comes later, by the token of a device, and never into a cache.

const ROOT = "/terrain/app/";
const LOOK_AGAIN = 600000;
const NEARLY_FULL = 0.9;
const FIRST_SCREEN = 12000;

const page = document.documentElement;
const words = JSON.parse(document.getElementById("texts").textContent);
const root = document.getElementById("app");
const notice = document.getElementById("notice");
const settling = [];

function text(key, values = {}) {
  const said = words[key];
  return said === undefined ? key : said.replace(/%\((\w+)\)[sd]/g, (all, name) => (name in values ? values[name] : all));
}

function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = content;
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

// One sentence above the screen; kind: "", "ok", "warn" or "error". An empty sentence takes it away.
function say(sentence, kind = "", ...more) {
  notice.textContent = "";
  if (sentence) {
    const line = element("p", sentence, { class: `notice${kind ? ` notice--${kind}` : ""}` });
    more.forEach((one) => line.append(" ", one));
    notice.append(line);
  }
}

function write(id, sentence, kind) {
  const line = document.getElementById(id);
  line.textContent = sentence;
  line.dataset.kind = kind;
}

const params = new URLSearchParams(location.search);
const list = params.get("liste") || "";
const plainUrl = /^[0-9a-f-]{36}$/.test(list) ? `/tournee/${list}/` : page.dataset.plain;

// { persisted: true, false or null when the browser does not say, usage, quota } in bytes.
async function persistence() {
  const storage = navigator.storage || {};
  const persisted = storage.persisted ? await storage.persisted() : null;
  const { usage = 0, quota = 0 } = storage.estimate ? await storage.estimate() : {};
  return { persisted, usage, quota };
}

// Asks the browser to keep what lies here, and shows its answer. Call it in a tap: some browsers ask the person.
async function keep() {
  if (navigator.storage && navigator.storage.persist) {
    await navigator.storage.persist().catch(() => false);
  }
  return showPersistence();
}

async function showPersistence() {
  const found = await persistence();
  const { persisted, usage, quota } = found;
  if (quota && usage / quota > NEARLY_FULL) {
    write("promise", text("shell.full"), "warn");
  } else if (persisted === null) {
    write("promise", text("shell.persistence-unknown"), "warn");
  } else {
    write("promise", text(persisted ? "shell.persisted" : "shell.not-persisted"), persisted ? "ok" : "warn");
  }
  return found;
}

// fn is awaited before a new version takes over: let what is being kept be kept.
function onUpdate(fn) {
  settling.push(fn);
}

async function offline() {
  if (!navigator.serviceWorker) {
    write("ready", text("shell.never-ready"), "warn");
    return;
  }
  write("ready", isBroken ? "" : text(navigator.serviceWorker.controller ? "shell.ready" : "shell.not-ready"), "");
  try {
    const registration = await navigator.serviceWorker.register(`${ROOT}sw.js`, { scope: ROOT, updateViaCache: "none" });
    watch(registration);
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ language: page.lang });
    write("ready", isBroken ? "" : text("shell.ready"), "ok");
  } catch (problem) {
    // Without network the old worker is there all the same.
    if (!navigator.serviceWorker.controller) {
      write("ready", text("shell.never-ready"), "warn");
    }
  }
}

let reloading = false;

function watch(registration) {
  let hadOne = Boolean(navigator.serviceWorker.controller);
  if (registration.waiting && hadOne) {
    // The page was opened a moment ago and nothing is recorded yet: the best time.
    registration.waiting.postMessage("take-over");
  }
  navigator.serviceWorker.addEventListener("controllerchange", async () => {
    // The first worker takes over the page that brought it: nothing to reload.
    const isNew = hadOne;
    hadOne = true;
    if (isNew && !reloading) {
      reloading = true;
      await Promise.all(settling.map((fn) => Promise.resolve(fn()).catch(() => null)));
      location.reload();
    }
  });
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh.addEventListener("statechange", () => {
      if (fresh.state === "installed" && navigator.serviceWorker.controller) {
        offer(fresh);
      }
    });
  });
  lookAgain(registration);
}

function offer(fresh) {
  const button = element("button", text("shell.update-now"), { type: "button", class: "button" });
  button.addEventListener("click", async () => {
    await Promise.all(settling.map((fn) => Promise.resolve(fn()).catch(() => null)));
    fresh.postMessage("take-over");
  });
  say(text("shell.update"), "", button);
}

function lookAgain(registration) {
  let last = Date.now();
  const look = () => {
    if (document.visibilityState === "visible" && Date.now() - last > LOOK_AGAIN) {
      last = Date.now();
      registration.update().catch(() => null);
    }
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
}

// A private window, or a browser that may not store: nothing could be kept, so nothing is begun.
const REFUSED = new Set(["SecurityError", "InvalidStateError"]);

let isBroken = false;

function broken(problem) {
  isBroken = true;
  const hasStore = "indexedDB" in window && window.indexedDB && !REFUSED.has(problem.name);
  const link = element("a", document.getElementById("plain").textContent, { href: plainUrl });
  say(text(hasStore ? "shell.broken" : "shell.no-store"), "error", link);
  root.querySelectorAll(".app__starting").forEach((line) => line.remove());
  write("ready", "", "");
}

// The browser's own offer to install, kept for the button of the app; browsers without one have it in their menu.
let offered = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event;
});

function canInstall() {
  return offered !== null;
}

async function install() {
  const asked = offered;
  offered = null;
  await asked.prompt();
}

export const shell = {
  text,
  canInstall,
  install,
  language: page.lang,
  version: page.dataset.version,
  params,
  plainUrl,
  persistence,
  keep,
  say,
  onUpdate,
};

document.getElementById("plain").href = plainUrl;
document.querySelectorAll("[data-language]").forEach((link) => {
  link.href = `${ROOT}${link.dataset.language}/${location.search}`;
});
write("ready", text("shell.not-ready"), "");
showPersistence();
const started = import("./main.js").then(({ start }) => start(root, shell)).catch((problem) => {
  console.warn(problem);
  broken(problem);
});
if (navigator.serviceWorker && navigator.serviceWorker.controller) {
  offline();
} else {
  // On a slow network the first tour comes before the copy of everything.
  Promise.race([started, new Promise((resolve) => setTimeout(resolve, FIRST_SCREEN))]).then(offline);
}
