// Full-text search of talking points: French and English, without accents, by beginnings, past one slip of the finger. Pure functions.
//
// Every word asked for must be found; when nothing holds them all, what holds most of them is answered.

const MANY = 20;
const LEAST_FOR_SLIPS = 4;
const FIELDS = [["short", 8], ["theme", 4], ["text", 2], ["sources", 1]];
const EXACT = 4;
const SAME_ROOT = 3.5;
const BEGINNING = 2;
const SLIP = 1;
const LIGATURES = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l" };
// Words that tell nothing: they are asked for only when there is nothing else.
const EMPTY = new Set((
  "a au aux avec c ce ces cette d dans de des du elle elles en est et il ils j je l la le les leur leurs lui m ma mais mes mon n ne nos notre"
  + " nous on ou par pas pour qu que qui s sa se ses son sur t ta te tes ton tu un une vos votre vous y"
  + " an and are as at be but by for from has have he her his i if in is it its my no not of or our she so that the their them they this to was we"
  + " were will with you your"
).split(" "));

// Small letters without accents; signs become blanks.
export function plain(text) {
  return text
    .toLowerCase()
    .replace(/[œæßøł]/g, (letter) => LIGATURES[letter])
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^0-9a-z]+/g, " ")
    .trim();
}

export function words(text) {
  return plain(text).split(" ").filter((word) => word);
}

// "trains" → "train", "chevaux" → "cheval", "taxes" → "tax": enough for a plural; the same on both sides, so that it need not be right.
export function stem(word) {
  if (word.length > 4 && word.endsWith("aux")) {
    return `${word.slice(0, -3)}al`;
  }
  return word.length > 3 ? word.replace(/(es|s|x|e)$/, "") : word;
}

// points: [{ id, short, theme, text, sources: [{ title }] }] → what `search` asks for: of each word its root and who holds it.
export function index(points) {
  const entries = points.map((point) => ({ id: point.id, found: wordsOf(point) }));
  const known = new Map();
  entries.forEach(({ found }, place) => {
    for (const word of found.keys()) {
      if (!known.has(word)) {
        known.set(word, { root: stem(word), holders: [] });
      }
      known.get(word).holders.push(place);
    }
  });
  return { entries, known };
}

// word → { weight, where }: the best field that holds it.
function wordsOf(point) {
  const found = new Map();
  for (const [name, weight] of FIELDS) {
    for (const word of words(textOf(point, name))) {
      if (!found.has(word)) {
        found.set(word, { weight, where: name });
      }
    }
  }
  return found;
}

function textOf(point, name) {
  const value = point[name];
  return Array.isArray(value) ? value.map((source) => source.title || "").join(" ") : value || "";
}

// [{ id, score, where }], the best first; equal ones in the order of the pack.
export function search(indexed, text, limit = MANY) {
  const asked = askedFor(text);
  if (asked.length === 0) {
    return [];
  }
  const hits = indexed.entries.map(() => ({ score: 0, held: 0, where: "" }));
  asked.forEach((word) => addHits(hits, indexed, word));
  const most = hits.reduce((best, { held }) => Math.max(best, held), 0);
  return hits
    .map(({ score, held, where }, place) => ({ id: indexed.entries[place].id, score, held, where, place }))
    .filter(({ held }) => held > 0 && held === most)
    .sort((one, other) => other.score - one.score || one.place - other.place)
    .slice(0, limit)
    .map(({ id, score, where }) => ({ id, score, where }));
}

function askedFor(text) {
  const typed = words(text);
  const telling = typed.filter((word) => !EMPTY.has(word));
  const chosen = telling.length ? telling : typed;
  return [...new Set(chosen)].map((word) => ({ word, root: stem(word) }));
}

function addHits(hits, { entries, known }, { word, root }) {
  const best = new Map();
  for (const [other, { root: otherRoot, holders }] of known) {
    const likeness = alike(word, root, other, otherRoot);
    if (likeness) {
      const rarity = 1 + Math.log(entries.length / holders.length);
      holders.forEach((place) => {
        const { weight, where } = entries[place].found.get(other);
        const score = likeness * weight * rarity;
        if (score > (best.get(place) || { score: 0 }).score) {
          best.set(place, { score, where });
        }
      });
    }
  }
  for (const [place, { score, where }] of best) {
    const hit = hits[place];
    hits[place] = { score: hit.score + score, held: hit.held + 1, where: hit.where || where };
  }
}

// How well a word of a text answers a word that was typed, which may be half typed; 0 when it does not.
function alike(word, root, other, otherRoot) {
  if (other === word) {
    return EXACT;
  }
  if (otherRoot === root) {
    return SAME_ROOT;
  }
  if (word.length > 1 && other.startsWith(word)) {
    return BEGINNING;
  }
  const near = word.length >= LEAST_FOR_SLIPS
    && (oneSlip(word, other) || (root.length >= LEAST_FOR_SLIPS && oneSlip(root, otherRoot)) || oneSlip(word, other.slice(0, word.length)));
  return near ? SLIP : 0;
}

// Whether one letter was left out, added, mistaken, or two neighbours were swapped.
export function oneSlip(one, other) {
  if (Math.abs(one.length - other.length) > 1) {
    return false;
  }
  let i = 0;
  while (i < one.length && one[i] === other[i]) {
    i += 1;
  }
  const [rest, left] = [one.slice(i), other.slice(i)];
  return (
    rest.slice(1) === left.slice(1) ||
    rest.slice(1) === left ||
    rest === left.slice(1) ||
    (rest.length > 1 && rest[0] === left[1] && rest[1] === left[0] && rest.slice(2) === left.slice(2))
  );
}
