// Counts as one types: sends what stands in the form and puts the answer, drawn by the server, in its place.
// Without this file the button “Count again” does the same.
const form = document.querySelector("form[data-count]");
const figures = document.getElementById("segment-figures");
const WAIT_MS = 200;
let timer;
let asked = 0;

async function count() {
  const turn = ++asked;
  figures.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.count, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    const text = await answer.text();
    // An answer that a newer question has overtaken is dropped; an error page is not put inside this one.
    if (turn === asked && answer.ok) figures.innerHTML = text;
  } catch (problem) {
    // Off line: the last figures stay, and the button says so by itself.
  } finally {
    if (turn === asked) figures.removeAttribute("aria-busy");
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(count, WAIT_MS);
});
