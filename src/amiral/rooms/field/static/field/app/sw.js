// The service worker of the field app: the shell without network, in one version at a time. The server writes SHELL above these lines:
// { version, language, documents: { fr: address, en: address }, files: { address: sha-256 } }.
//
// Every file has the version in its address, so that modules of two versions never meet. Nothing personal is ever put in a cache here:
// what a device asks for with its token passes by.

const ROOT = "/terrain/app/";
const PREFIX = "terrain-";
const CACHE = PREFIX + SHELL.version;
const CHOICES = "choix-terrain";
const CHOICE = `${ROOT}langue`;
const PAGE = /^\/terrain\/app\/(?:(fr|en)\/)?$/;
const SORRY = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Amiral</title>"
  + "<p lang=fr>Une partie de l’application a disparu de ce téléphone. Rechargez cette page quand il y aura du réseau : ce que vous avez"
  + " noté est toujours là.<p lang=en>A part of the app is gone from this phone. Reload this page when there is a network: what you"
  + " recorded is still there.";

async function sum(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The body is unpacked already: a header that says it is packed would be a lie.
function rebuilt(bytes, headers) {
  const kept = new Headers(headers);
  ["Content-Encoding", "Content-Length", "Transfer-Encoding"].forEach((name) => kept.delete(name));
  return new Response(bytes, { status: 200, headers: kept });
}

// The file as the server has it, if it is the one that this version knows. What the page has just loaded comes from the browser's cache.
async function fetched(address) {
  for (const cache of ["default", "reload"]) {
    const answer = await fetch(address, { cache, credentials: "omit" });
    const bytes = await answer.arrayBuffer();
    if (answer.ok && (await sum(bytes)) === SHELL.files[address]) {
      return rebuilt(bytes, answer.headers);
    }
  }
  throw new Error(`Not of this version: ${address}`);
}

// All files or none: while one is missing this version does not become the phone's.
async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    Object.keys(SHELL.files).map(async (address) => (await whole(address)) || cache.put(address, await fetched(address))),
  );
}

// The version before stays while one of its pages may still be open; older ones go.
async function activate() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The kept file, or null when it is missing or damaged.
async function whole(address) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(address);
  if (!kept) {
    return null;
  }
  const bytes = await kept.arrayBuffer().catch(() => new ArrayBuffer(0));
  if ((await sum(bytes)) !== SHELL.files[address]) {
    await cache.delete(address);
    return null;
  }
  return new Response(bytes, { status: 200, headers: kept.headers });
}

async function healed(address) {
  const answer = await fetched(address);
  await (await caches.open(CACHE)).put(address, answer.clone());
  return answer;
}

async function isComplete() {
  const cache = await caches.open(CACHE);
  return (await cache.keys()).length === Object.keys(SHELL.files).length;
}

// The page of this version while all of it is here; else whatever the server has now, as a whole.
async function page(request, asked) {
  const language = asked || (await chosen());
  if (await isComplete()) {
    const kept = await whole(SHELL.documents[language]);
    if (kept) {
      return kept;
    }
  }
  try {
    return await fetch(request);
  } catch (problem) {
    const kept = await whole(SHELL.documents[language]);
    return kept || new Response(SORRY, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
  }
}

async function chosen() {
  const kept = await caches.match(CHOICE, { cacheName: CHOICES });
  const language = kept ? await kept.text() : (navigator.language || "").slice(0, 2);
  return language in SHELL.documents ? language : SHELL.language;
}

async function remember(language) {
  if (language in SHELL.documents) {
    await (await caches.open(CHOICES)).put(CHOICE, new Response(language));
  }
}

// A file of this version from the phone, healed from the server when damaged; one of another version from where it is.
async function file(request) {
  const address = new URL(request.url).pathname;
  if (!(address in SHELL.files)) {
    return (await caches.match(request)) || fetch(request);
  }
  const kept = await whole(address);
  if (kept) {
    return kept;
  }
  try {
    return await healed(address);
  } catch (problem) {
    return new Response("", { status: 504 });
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data === "take-over") {
    event.waitUntil(self.skipWaiting());
  } else if (event.data && event.data.language) {
    event.waitUntil(remember(event.data.language));
  }
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) {
    return;
  }
  const found = PAGE.exec(address.pathname);
  if (request.mode === "navigate" && found) {
    event.respondWith(page(request, found[1]));
  } else if (address.pathname.startsWith(`${ROOT}v/`)) {
    event.respondWith(file(request));
  }
});
