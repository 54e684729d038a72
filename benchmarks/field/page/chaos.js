// One tab of a phone in trouble: records what it is told to with the product's own notebook, and says what was kept.
//
// Nothing drives this page from outside, so it runs in any browser. It may be killed at any line.

import { importKey } from "/log/events.js";
import { Notebook } from "/log/notebook.js";
import { open } from "/log/store.js";

const tab = new URLSearchParams(location.search).get("tab");
const TOGETHER = 5;

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function ask(path, said) {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(said) });
  return response.json();
}

function bytes(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

// What every client must do with an answer: one that is not understood says nothing.
function sender(token) {
  return async (request) => {
    const response = await fetch("/terrain/app/envoi/", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(request),
    });
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    const answer = await response.json();
    if (answer === null || typeof answer !== "object" || answer.answers === null || typeof answer.answers !== "object") {
      throw new Error("garbage");
    }
    return answer;
  };
}

async function work(book) {
  let order = await ask("/next", { tab });
  for (let n = 1; order.body; n += 1) {
    const kept = [];
    for (let i = 0; i < (order.at_once || 1); i += 1) {
      kept.push(await book.record(order.body));
    }
    order = await ask("/next", { tab, kept });
    if (n % TOGETHER === 0) {
      await book.flush();
    }
    document.getElementById("said").textContent = String(n);
  }
  return order;
}

async function drain(book) {
  for (;;) {
    const { left } = await book.flush();
    if (left === 0) {
      const phone = await book.phone();
      return ask("/drained", {
        tab, seq: phone.seq, log: [...phone.log.values()], troubles: [...phone.troubles], unsent: phone.unsent.size,
      });
    }
    await pause(300);
  }
}

async function live() {
  const plan = await ask("/plan", { tab });
  const store = await open("log");
  store.durability = plan.durability;
  const book = new Notebook(store, { send: sender(plan.token) });
  await book.enrol(plan.device, await importKey(bytes(plan.key)));
  await work(book);
  await drain(book);
  document.getElementById("said").textContent = "done";
}

live().catch((problem) => ask("/problem", { tab, problem: `${problem} ${problem.stack}` }));
