// Elements without a framework.

// h("button", { class: "big", onclick: …, "aria-label": … }, "text", child, …): null and false are left out.
export function h(tag, properties, ...children) {
  return filled(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function filled(element, properties, children) {
  Object.entries(properties || {}).forEach(([name, value]) => set(element, name, value));
  append(element, children);
  return element;
}

function set(element, name, value) {
  if (name.startsWith("on")) {
    element.addEventListener(name.slice(2), value);
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, value);
  }
}

function append(element, children) {
  children.forEach((child) => {
    if (Array.isArray(child)) {
      append(element, child);
    } else if (child !== null && child !== undefined && child !== false) {
      element.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  });
}

export function emptied(element) {
  while (element.firstChild) {
    element.removeChild(element.firstChild);
  }
  return element;
}

// Draws again without taking the focus away: who stands on a key of the old drawing stands on the same key of the new one.
export function redrawn(place, drawing) {
  const held = place.contains(document.activeElement) ? document.activeElement.closest("[data-key]") : null;
  const key = held ? held.dataset.key : null;
  const top = window.pageYOffset;
  emptied(place).appendChild(drawing);
  const again = key && [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (again) {
    again.focus({ preventScroll: true });
  }
  window.scrollTo(0, top);
}
