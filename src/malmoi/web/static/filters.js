// What the search is restricted to: days, sources, body text or comments. Shown as chips while in force.
import { api, ask, button, el, icon, t } from "./dom.js";

const NONE = { from: "", to: "", sources: [], kinds: ["body"] };
let chosen = { ...NONE };

export const filters = () => ({ ...chosen });

export async function openFilters(opener) {
  let known = { sources: [], first_date: null, last_date: null };
  try {
    known = await api("api/documents?limit=1");
  } catch { /* the dialog still offers days and kinds */ }
  opener.setAttribute("aria-expanded", "true");
  const result = await ask(t("filters"), (close) => {
    const day = (name, label) => el("input", { type: "date", class: "field", name, value: chosen[name], min: known.first_date, max: known.last_date, "aria-label": label });
    const from = day("from", t("from")), to = day("to", t("to"));
    const choice = (name, value, label, on) => el("label", { class: "choice" }, el("input", { type: "checkbox", name, value, checked: on }), label);
    const kinds = ["body", "comment"].map((kind) => choice("kinds", kind, t(`filter.${kind}`), chosen.kinds.includes(kind)));
    const sources = known.sources.map(({ name, count }) => choice("sources", name, `${name} (${count})`, chosen.sources.includes(name)));
    const ticked = (labels) => labels.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
    return [
      el("fieldset", {}, el("legend", {}, t("filter.days")), el("div", { class: "dates" }, from, el("span", {}, "–"), to)),
      el("fieldset", {}, el("legend", {}, t("filter.kinds")), el("div", { class: "choices" }, ...kinds)),
      sources.length && el("fieldset", {}, el("legend", {}, t("filter.sources")), el("div", { class: "choices" }, ...sources)),
      el("div", { class: "end" },
        button("secondary", null, t("filter.clear"), () => close(NONE)),
        button("primary", null, t("filter.apply"), () => close({ from: from.value, to: to.value, sources: ticked(sources), kinds: ticked(kinds) }))),
    ].filter(Boolean);
  });
  opener.setAttribute("aria-expanded", "false");
  if (result) chosen = { ...result, kinds: result.kinds.length ? result.kinds : ["body"] };
  showChips();
  opener.focus();
}

export function showChips() {
  const place = document.querySelector("[data-chips]");
  if (!place) return;
  const chips = [];
  if (chosen.from || chosen.to) chips.push([`${chosen.from || "…"} – ${chosen.to || "…"}`, { from: "", to: "" }]);
  for (const name of chosen.sources) chips.push([name, { sources: chosen.sources.filter((other) => other !== name) }]);
  if (chosen.kinds.includes("comment")) {
    chips.push([chosen.kinds.includes("body") ? t("filter.with_comments") : t("filter.only_comments"), { kinds: ["body"] }]);
  }
  place.replaceChildren(...chips.map(([label, without]) => el("span", { class: "chip" }, label,
    el("button", { type: "button", "aria-label": t("filter.remove", { name: label }), onclick: () => { chosen = { ...chosen, ...without }; showChips(); } }, icon("close")))));
}
