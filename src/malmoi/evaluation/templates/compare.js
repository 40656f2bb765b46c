const items = DATA.pairs.map((pair) => ({ ...pair, search: searchable(pair.question, said(pair.a) + "\n" + said(pair.b)) }));
let change = document.querySelector(".change-filter").dataset.change;
const changes = (item) => Object.keys(item.differences);

function head(item) {
  const parts = changes(item).slice(0, 3).map((name) => measureName(name) + " " + signed(item.differences[name])).join(" · ");
  const chip = (outcome) => el("span", { class: "chip o-" + slug(outcome), text: outcomeName(outcome) });
  const chips = item.a.outcome === item.b.outcome ? [chip(item.a.outcome)] : [chip(item.a.outcome), "→", chip(item.b.outcome)];
  return [el("span", { class: "chips" }, ...chips), el("span", { class: "asked", text: item.question.question, lang: item.question.lang }), el("span", { class: "facts-line", text: parts })];
}

function detail(item) {
  const quotes = quotesOf(item.question), all = Object.values(quotes).flat();
  const gold = goldView(item.question);
  gold.className = "whole";
  const list = el("dl", { class: "measures whole" }, ...changes(item).map((name) => el("div", {}, el("dt", { text: measureName(name) }),
    el("dd", { text: signed(item.differences[name]), class: item.differences[name] > 0 !== DATA.lower.includes(name) ? "rise" : "fall" }))));
  return [gold, list, answerView(item.a, "A · " + outcomeName(item.a.outcome), all), answerView(item.b, "B · " + outcomeName(item.b.outcome), all),
    passagesView(item.a, quotes, "A · " + t("report.passages")), passagesView(item.b, quotes, "B · " + t("report.passages"))];
}

const show = listing({
  items, head, detail, matches: (item) => change === "all" || item.change === change, outcomes: (item) => [item.a.outcome, item.b.outcome],
  keyOf: (item, sort) => item.differences[sort] ?? 0,
});
for (const button of document.querySelectorAll(".change-filter"))
  button.addEventListener("click", () => {
    change = button.dataset.change;
    for (const other of document.querySelectorAll(".change-filter")) other.setAttribute("aria-pressed", String(other === button));
    show();
  });
begin(show, DATA.types, DATA.outcomes, () => DATA.measures.map((name) => [name, measureName(name)]));
