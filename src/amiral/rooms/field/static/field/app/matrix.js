// A building as a matrix: a row for each floor, a cell for each dwelling, and "nobody on this floor".

import { h } from "./dom.js";

export const GLYPHS = {
  nobody: "–", talked: "✓", refused: "✕", "come-back": "↻", "leaflet-left": "▤", "do-not-come-back": "⊘",
};

export function floorName(words, floor) {
  return floor === 0 ? words.t("floor.ground") : words.t("floor.n", { n: floor });
}

export function unitName(words, unit) {
  const [floor, dwelling] = unit.split(".");
  return dwelling ? words.t("unit.name", { floor: floorName(words, Number(floor)), n: dwelling }) : floorName(words, Number(floor));
}

// floors: of floorsOf(); chosen: a unit or null (the whole building).
export function matrix({ floors, state, chosen, words, outcomeLabel, choose, nobodyOn, locked }) {
  const answer = (unit) => (state && state.units.get(unit)) || null;
  return h("div", { class: "matrix table-scroll", tabindex: "0", role: "region", "aria-label": words.t("matrix.caption"), "data-key": "matrix" },
    h("table", {},
      h("caption", { class: "visually-hidden" }, words.t("matrix.caption")),
      h("tbody", {}, floors.map((row) => {
        const open = row.units.filter((unit) => !answer(unit));
        const label = words.n("matrix.nobody-on", open.length, { floor: floorName(words, row.floor) });
        return h("tr", {},
          h("th", { scope: "row" }, h("span", { "aria-hidden": "true" }, row.floor === 0 ? words.t("floor.ground-short") : row.floor),
            h("span", { class: "visually-hidden" }, floorName(words, row.floor))),
          h("td", { class: "matrix__units" }, row.units.map((unit) => cell({ unit, event: answer(unit), chosen, words, outcomeLabel, choose }))),
          h("td", { class: "matrix__bulk" }, h("button", {
            type: "button", class: "matrix__nobody", "data-key": `floor-${row.floor}`, "aria-label": label,
            disabled: locked || open.length === 0, onclick: () => nobodyOn(row.floor, open),
          }, words.t("matrix.nobody"))));
      }))));
}

function cell({ unit, event, chosen, words, outcomeLabel, choose }) {
  const said = event ? outcomeLabel(event.outcome) : words.t("unit.open");
  return h("button", {
    type: "button", class: `matrix__unit${event ? ` outcome--${event.outcome}` : ""}`, "data-key": `unit-${unit}`,
    "aria-pressed": chosen === unit ? "true" : "false", "aria-label": `${unitName(words, unit)}: ${said}`, onclick: () => choose(unit),
  }, h("span", { "aria-hidden": "true" }, event ? GLYPHS[event.outcome] : unit.split(".")[1] || "·"));
}
