// Offers the names behind an @ in the texts that say where to ask for them.
const CALL = /(^|[\s(])@([\p{L}\p{N}-]{2,40})$/u;

function offer(text) {
  const list = document.createElement("ul");
  list.className = "names";
  list.id = `${text.id}-names`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  text.after(list);
  text.setAttribute("aria-controls", list.id);
  text.setAttribute("aria-autocomplete", "list");
  let asked = 0;

  function called() {
    const found = CALL.exec(text.value.slice(0, text.selectionStart));
    return found ? found[2] : "";
  }

  function close() {
    list.hidden = true;
    list.replaceChildren();
    text.removeAttribute("aria-activedescendant");
  }

  function take(item) {
    const end = text.selectionStart;
    const start = end - called().length;
    text.setRangeText(`${item.dataset.handle} `, start, end, "end");
    close();
    text.focus();
  }

  function mark(item) {
    for (const one of list.children) one.setAttribute("aria-selected", String(one === item));
    text.setAttribute("aria-activedescendant", item.id);
  }

  function show(members) {
    close();
    members.forEach((member, number) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${number}`;
      item.setAttribute("role", "option");
      item.dataset.handle = member.handle;
      item.textContent = `${member.name} (@${member.handle})`;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
      list.append(item);
    });
    list.hidden = !members.length;
    if (members.length) mark(list.firstElementChild);
  }

  async function ask() {
    const words = called();
    const mine = ++asked;
    if (!words) return close();
    const answer = await fetch(`${text.dataset.names}?q=${encodeURIComponent(words)}`);
    if (!answer.ok || mine !== asked) return;
    show((await answer.json()).members);
  }

  text.addEventListener("input", () => { ask().catch(close); });
  text.addEventListener("blur", close);
  text.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const items = [...list.children];
    const at = items.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(items[(at + step + items.length) % items.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(items[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

for (const text of document.querySelectorAll("textarea[data-names]")) offer(text);
