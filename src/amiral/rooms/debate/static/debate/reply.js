// Counts the lines of a reply while it is written, by the server's rule; the button does it without a script.

const WAIT_MS = 500;
const form = document.querySelector("form[data-length-url]");
const text = form && form.querySelector("[data-reply-length]");
const place = document.getElementById("reply-length");

let waiting = 0;
let asked = 0;

async function count() {
  const mine = (asked += 1);
  const sent = new FormData();
  for (const name of ["csrfmiddlewaretoken", "text", "page"]) {
    sent.append(name, form.elements[name].value);
  }
  const answer = await fetch(form.dataset.lengthUrl, { method: "POST", body: sent });
  if (!answer.ok || mine !== asked) {
    return;
  }
  const said = await answer.json();
  const holder = document.createElement(said.fits ? "span" : "strong");
  holder.textContent = said.text;
  place.textContent = "";
  place.appendChild(holder);
}

if (text && place) {
  text.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => count().catch(() => {}), WAIT_MS);
  });
}
