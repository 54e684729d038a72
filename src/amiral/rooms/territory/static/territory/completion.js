// Names of communes while they are typed, from this server's own index: a listbox by the ARIA combobox pattern.
// Without this script the field is an ordinary one, and what is typed is understood all the same.
const WAIT_MS = 120;
const LEAST_LETTERS = 2;

function enhance(field, number) {
  const list = document.createElement("ul");
  const told = document.createElement("p");
  const box = document.createElement("div");
  let options = [];
  let active = -1;
  let timer;
  let asked;

  list.id = `completion-${number}`;
  list.className = "completion__list";
  list.role = "listbox";
  list.hidden = true;
  list.ariaLabel = field.labels && field.labels[0] ? field.labels[0].textContent.trim() : "";
  told.className = "visually-hidden";
  told.role = "status";
  box.className = "completion";
  field.before(box);
  box.append(field, list, told);
  field.role = "combobox";
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  field.autocomplete = "off";

  const close = () => {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    active = place;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    if (place < 0) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    field.setAttribute("aria-activedescendant", options[place].id);
    options[place].scrollIntoView({ block: "nearest" });
  };
  const take = (place) => {
    field.value = options[place].dataset.value;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // A field that takes a postal code with its town gets both; of several codes, the one that was typed.
  const valueOf = (commune) => {
    if (field.dataset.completeWith !== "code") return commune.name;
    const found = /(?:\d\s*){5}/.exec(field.value);
    const typed = found ? found[0].replace(/\s/g, "") : undefined;
    const codes = commune.postal_codes;
    const code = codes.includes(typed) ? typed : codes.length === 1 ? codes[0] : "";
    return code ? `${code} ${commune.name}` : commune.label;
  };
  const show = (communes) => {
    options = communes.map((commune, at) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${at}`;
      option.role = "option";
      option.dataset.value = valueOf(commune);
      option.textContent = commune.label;
      option.setAttribute("aria-selected", "false");
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(at);
      });
      return option;
    });
    list.replaceChildren(...options);
    told.textContent = String(options.length);
    list.hidden = !options.length;
    active = -1;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    if (asked) asked.abort();
    const text = field.value.trim();
    if (text.length < LEAST_LETTERS) return close();
    asked = new AbortController();
    try {
      const address = `${field.dataset.complete}?q=${encodeURIComponent(text)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: asked.signal });
      if (answer.ok) show((await answer.json()).communes.slice(0, 8));
    } catch (problem) {
      // Stopped by the next letter, or no network: the field goes on without a list.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  field.addEventListener("blur", () => {
    clearTimeout(timer);
    if (asked) asked.abort();
    close();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 && step < 0 ? options.length - 1 : (active + step + options.length) % options.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    }
  });
}

document.querySelectorAll("input[data-complete]").forEach(enhance);
