// A small server on Fedify, told what to do over HTTP (/control/…): the peer of benchmarks/federation.
// node fedify_peer.mjs PORT; Fedify is found through NODE_PATH of the one who starts it (see fedify.py).
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.FEDIFY_AT + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const {
  createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore,
} = await load("@fedify/fedify");
const { lookupWebFinger } = await load("@fedify/webfinger");
const vocab = await load("@fedify/fedify/vocab");
const port = Number(process.argv[2]);
const root = `http://127.0.0.1:${port}`;
const received = [];
const notes = new Map();
let keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5")];

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 100 } }),
  allowPrivateAddress: true,
  manuallyStartQueue: false,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== "pair") return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new vocab.Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Pair",
      inbox: ctx.getInboxUri(identifier),
      endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
    });
  })
  .setKeyPairsDispatcher(() => keys);

federation.setObjectDispatcher(vocab.Note, "/notes/{id}", (_ctx, { id }) => notes.get(id)?.note ?? null);

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: "pair" }))
  .on(vocab.Activity, async (ctx, activity) => {
    const json = await activity.toJsonLd({ contextLoader: ctx.contextLoader });
    received.push(json);
  });

const context = () => federation.createContext(new URL(root), undefined);
const PUBLIC = vocab.PUBLIC_COLLECTION;
let number = Date.now() % 1e9; // not the same again after a restart
const fresh = () => new URL(`${root}/activities/${++number}`);

async function told(actorUrl) {
  const ctx = context();
  const actor = await ctx.lookupObject(actorUrl, { documentLoader: await ctx.getDocumentLoader({ identifier: "pair" }) });
  if (!actor) throw new Error(`no actor at ${actorUrl}`);
  return actor;
}

async function send(to, activity) {
  await context().sendActivity({ identifier: "pair" }, await told(to), activity, { immediate: false });
}

function note(args, id, extra = {}) {
  return new vocab.Note({
    id: new URL(`${root}/notes/${id}`),
    attribution: new URL(`${root}/users/pair`),
    content: args.text,
    replyTarget: args.inReplyTo ? new URL(args.inReplyTo) : null,
    tos: args.isPrivate ? [new URL(args.to)] : [PUBLIC, new URL(args.to)],
    tags: args.isMention ? [new vocab.Mention({ href: new URL(args.to), name: args.handle })] : [],
    ...extra,
  });
}

const me = () => new URL(`${root}/users/pair`);
const sent = new Map();
const verbs = {
  async received() { return received; },
  // By the address of the actor: for acct: names Fedify asks by https only, which loopback does not speak.
  async lookup({ actor }) {
    const found = await lookupWebFinger(new URL(actor), { allowPrivateAddress: true });
    const self = found?.links?.find((link) => link.rel === "self");
    return { id: self?.href ?? null, subject: found?.subject ?? null };
  },
  async follow({ to }) {
    const activity = new vocab.Follow({ id: fresh(), actor: me(), object: new URL(to) });
    sent.set(`follow ${to}`, activity);
    await send(to, activity);
  },
  async unfollow({ to }) {
    // A peer that was restarted has forgotten the address of its Follow.
    const follow = sent.get(`follow ${to}`) ?? new vocab.Follow({ id: fresh(), actor: me(), object: new URL(to) });
    await send(to, new vocab.Undo({ id: fresh(), actor: me(), object: follow }));
  },
  async write(args) {
    const id = String(++number);
    const said = note(args, id);
    notes.set(id, { note: said, args });
    await send(args.to, new vocab.Create({ id: fresh(), actor: me(), object: said, tos: said.toIds }));
    return { url: said.id.href };
  },
  async edit({ url, text, to }) {
    const id = url.split("/").at(-1);
    const args = { ...notes.get(id).args, text };
    const said = note(args, id);
    notes.set(id, { note: said, args });
    await send(to, new vocab.Update({ id: fresh(), actor: me(), object: said, tos: said.toIds }));
  },
  async erase({ url, to }) {
    notes.delete(url.split("/").at(-1));
    await send(to, new vocab.Delete({ id: fresh(), actor: me(), object: new vocab.Tombstone({ id: new URL(url) }) }));
  },
  async react({ kind, url, to }) {
    const activity = new vocab[kind]({ id: fresh(), actor: me(), object: new URL(url), tos: [PUBLIC] });
    sent.set(`${kind} ${url}`, activity);
    await send(to, activity);
  },
  async unreact({ kind, url, to }) {
    await send(to, new vocab.Undo({ id: fresh(), actor: me(), object: sent.get(`${kind} ${url}`) }));
  },
  async rotate() { keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5")]; },
};

async function answer(request, response) {
  const url = new URL(request.url, root);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (url.pathname.startsWith("/control/")) {
    const found = await verbs[url.pathname.slice(9)](JSON.parse(body.toString() || "{}"));
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify(found ?? null));
  }
  const asked = new Request(url, {
    method: request.method,
    headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    body: ["GET", "HEAD"].includes(request.method) ? undefined : body,
  });
  const said = await federation.fetch(asked, { contextData: undefined });
  response.writeHead(said.status, Object.fromEntries(said.headers));
  response.end(Buffer.from(await said.arrayBuffer()));
}

createServer((request, response) => {
  answer(request, response).catch((trouble) => {
    console.error(trouble);
    response.writeHead(500).end(String(trouble));
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
