const items = DATA.questions.map((item) => ({ ...item, search: searchable(item.question, said(item)) }));
const KEYS = DATA.key_measures;

function head(item) {
  const line = KEYS.filter((name) => item.measures[DATA.measures.indexOf(name)] !== null)
    .map((name) => measureName(name) + " " + figure(item.measures[DATA.measures.indexOf(name)], 2)).join(" · ");
  return [el("span", { class: "chips" }, el("span", { class: "chip o-" + slug(item.outcome), text: outcomeName(item.outcome) }), el("span", { class: "kind", text: item.question.type })),
    el("span", { class: "asked", text: item.question.question, lang: item.question.lang }), el("span", { class: "facts-line", text: line })];
}

function detail(item) {
  const quotes = quotesOf(item.question), all = Object.values(quotes).flat();
  const rows = [["", item.measures], ...Object.entries(item.baselines)].map(([name, values]) =>
    el("tr", {}, el("th", { scope: "row", text: name ? TEXTS[language]["cli.eval.baseline." + name] ?? name : t("chat.brand") }), ...values.map((value) => el("td", { class: "value", text: figure(value) }))));
  const table = el("div", { class: "scroll whole", tabindex: "0", role: "region", "aria-label": t("report.figures.question") }, el("h3", { text: t("report.figures.question") + " · " + item.question.id }), el("table", { class: "baseline-table" },
    el("thead", {}, el("tr", {}, el("th", {}), ...DATA.measures.map((name) => el("th", { scope: "col", class: "value", text: measureName(name) })))), el("tbody", {}, ...rows)));
  const times = Object.entries(item.seconds).map(([step, seconds]) => step + " " + figure(seconds * 1000, 0) + " ms").join(" · ");
  const answer = answerView(item, t("report.answer"), all);
  if (item.answer.searched && item.answer.searched !== item.question.question) answer.append(el("p", { class: "verdict", text: t("report.searched") + ": " + item.answer.searched }));
  if (times) answer.append(el("p", { class: "verdict", text: times }));
  const passages = passagesView(item, quotes, t("report.passages"));
  passages.className = "whole";
  return [answer, goldView(item.question), passages, table];
}

const show = listing({
  items, head, detail, matches: () => true, outcomes: (item) => [item.outcome],
  keyOf: (item, sort) => (sort === "seconds" ? item.seconds.total : sort === "confidence" ? item.confidence : item.measures[DATA.measures.indexOf(sort)]),
});
for (const button of document.querySelectorAll("[data-outcome], [data-type]"))
  button.addEventListener("click", () => {
    const select = $(button.dataset.outcome ? "#filter-outcome" : "#filter-type"), value = button.dataset.outcome ?? button.dataset.type;
    select.value = value;
    show();
    $("#questions").scrollIntoView();
    select.focus({ preventScroll: true });
  });
begin(show, DATA.types, DATA.outcomes, () => [...DATA.measures.map((name) => [name, measureName(name)]),
  ...(items.some((item) => item.confidence !== null) ? [["confidence", t("report.confidence")]] : []), ["seconds", t("report.seconds")]]);
