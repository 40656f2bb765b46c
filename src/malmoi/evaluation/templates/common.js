"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const TEXTS = read("texts"), DATA = read("data");
const $ = (selector) => document.querySelector(selector);
const PAGE = 60;
let language = document.documentElement.lang;

/** A text in the reader's language; `{name}` fields are filled. */
function t(key, values) {
  const text = TEXTS[language][key];
  if (text === undefined) return key.split(".").pop();
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole)) : text;
}
const slug = (word) => word.replace(/ /g, "-");
const measureName = (name) => TEXTS[language]["report.measure." + name] ?? name;
const outcomeName = (name) => t("report.outcome." + slug(name));

/** An element; what is given as text stays text. */
function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}
const figure = (value, digits = 3) => (value === null || value === undefined ? "–" : String(Number(value.toFixed(digits))));
const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + figure(Math.abs(value));

function relabel() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t, node.dataset.v && JSON.parse(node.dataset.v));
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of document.querySelectorAll("[data-measure]")) node.textContent = measureName(node.dataset.measure);
  for (const node of document.querySelectorAll("[data-hint]")) {
    const hint = TEXTS[language]["report.measure." + node.dataset.hint + ".hint"];
    if (hint) node.title = hint;
  }
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

/** A choice that keeps its value when its options are written again in another language. */
function choices(id, options) {
  const select = document.getElementById(id), kept = select.value;
  select.replaceChildren(...options.map(([value, text]) => el("option", { value, text })));
  if (options.some(([value]) => value === kept)) select.value = kept;
}

/** Text with every one of `quotes` that stands in it marked; white space may differ. */
function marked(text, quotes) {
  const spans = [];
  for (const quote of quotes) {
    const words = quote.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const found = words[0] && new RegExp(words.join("\\s+")).exec(text);
    if (found) spans.push([found.index, found.index + found[0].length]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [start, end] of spans) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    parts.push(text.slice(at, from), el("mark", { text: text.slice(from, end) }));
    at = end;
  }
  parts.push(text.slice(at));
  return parts.filter(Boolean);
}

function origin(c, number) {
  const parts = [c.title || c.document, c.source, c.date ? c.date.slice(0, 10) : "", c.title && c.title !== c.document ? c.document : ""];
  const line = el("span", { class: "origin" }, number ? el("b", { text: "[" + number + "]" }) : null, ...parts.filter(Boolean).map((text) => el("span", { text })));
  if (c.kind && c.kind !== "body") line.append(el("span", { class: "kind kind-" + c.kind, text: t("chat.kind." + c.kind) }));
  return line;
}

/** An answer with its numbered citations. */
function answerView(result, heading, quotes) {
  const box = el("div", {}, el("h3", { text: heading }));
  if (result.error) box.append(el("p", { class: "error", text: result.error }));
  if (result.verdict) {
    const confidence = result.confidence === null ? "" : " · " + t("report.confidence") + " " + figure(result.confidence, 2);
    box.append(el("p", { class: "verdict", text: t("chat.verdict." + result.verdict) + confidence }));
  }
  for (const fault of result.faults) box.append(el("p", { class: "error", text: fault }));
  const answer = result.answer;
  if (answer.lead) box.append(el("p", { text: answer.lead }));
  const citations = [], numbers = new Map();
  for (const sentence of answer.sentences ?? []) {
    const marks = [];
    for (const citation of sentence.citations) {
      const key = citation.document_id + ":" + citation.start + "-" + citation.end;
      if (!numbers.has(key)) { citations.push(citation); numbers.set(key, citations.length); }
      marks.push("[" + numbers.get(key) + "]");
    }
    const weak = sentence.support !== "supported";
    box.append(el("p", {}, el("span", { class: "sentence" + (weak && sentence.support !== "partial" ? " weak" : "") }, sentence.text,
      el("span", { class: "mark", text: [...new Set(marks)].join("") })),
      weak ? el("span", { class: "why", text: " " + t("chat.support." + sentence.support) + (sentence.reason ? ": " + sentence.reason : "") }) : null));
  }
  if (citations.length) box.append(el("ol", { class: "sources" }, ...citations.map((citation, at) =>
    el("li", {}, origin(citation, at + 1), el("blockquote", {}, ...marked(citation.quote, quotes))))));
  return box;
}

function goldView(question) {
  const box = el("div", {}, el("h3", { text: t("report.gold") }));
  if (!question.answerable) box.append(el("p", { text: t("report.gold.decline") }));
  if (question.answers.length) box.append(el("ul", { class: "gold-answers" }, ...question.answers.map((text) => el("li", { text }))));
  if (question.wrong.length) box.append(el("h3", { text: t("report.gold.wrong") }), el("ul", { class: "gold-answers wrong" }, ...question.wrong.map((text) => el("li", { text }))));
  for (const group of question.evidence)
    box.append(el("div", { class: "group" }, ...group.map(([doc, quote]) => el("div", { class: "alternate" }, el("div", { class: "doc", text: doc }), quote))));
  if (!question.evidence.length && question.relevant.length)
    box.append(el("p", { text: t("report.gold.relevant") + ": " + question.relevant.slice(0, 8).join(", ") + (question.relevant.length > 8 ? " …" : "") }));
  if (question.history.length) box.append(el("h3", { text: t("report.history") }), ...question.history.map((text) => el("p", { text })));
  return box;
}

function passagesView(result, quotes, heading) {
  const list = el("ol", { class: "passages" });
  for (const [at, score, gold] of result.passages) {
    const passage = DATA.passages[at];
    const item = el("li", { class: "passage" + (gold ? " gold" : "") });
    const line = origin(passage);
    line.append(el("span", { text: t("report.score") + " " + figure(score) }));
    if (gold) line.append(el("b", { text: t("report.passage.gold") }));
    item.append(el("div", {}, line, el("p", { class: "said" }, ...marked(passage.text, quotes[passage.document] ? [...quotes[passage.document], ...(quotes[""] ?? [])] : quotes[""] ?? []))));
    if (passage.text.length > 160)
      item.append(el("button", { type: "button", "aria-expanded": "false", text: t("report.passage.whole"), onclick: (event) => {
        const open = item.classList.toggle("open");
        event.currentTarget.setAttribute("aria-expanded", String(open));
        event.currentTarget.textContent = t(open ? "report.passage.less" : "report.passage.whole");
      } }));
    list.append(item);
  }
  return el("div", {}, el("h3", { text: heading }), result.passages.length ? list : el("p", { class: "none", text: t("report.passages.none") }));
}

function quotesOf(question) {
  const by = {};
  for (const group of question.evidence) for (const [doc, quote] of group) (by[doc] ??= []).push(quote);
  return by;
}

/** The list of questions: filtered, sorted, and put on the page some at a time as the reader scrolls. */
function listing({ items, matches, head, detail, keyOf, outcomes }) {
  let wanted = [], shown = 0;
  const open = new Set(), rows = $("#rows"), more = $("#more");

  function row(item) {
    const box = el("article", { class: "row", "data-id": item.question.id });
    const button = el("button", { type: "button", class: "head", "aria-expanded": "false" }, ...head(item));
    const toggle = (wide) => {
      button.setAttribute("aria-expanded", String(wide));
      box.querySelector(".detail")?.remove();
      if (wide) { box.append(el("div", { class: "detail" }, ...detail(item))); open.add(item.question.id); } else open.delete(item.question.id);
    };
    button.addEventListener("click", () => toggle(button.getAttribute("aria-expanded") !== "true"));
    box.append(el("h3", {}, button));
    if (open.has(item.question.id)) toggle(true);
    return box;
  }
  function add() {
    const next = wanted.slice(shown, shown + PAGE);
    shown += next.length;
    rows.append(...next.map(row));
    more.hidden = shown >= wanted.length;
  }
  function show() {
    const text = $("#filter-text").value.trim().toLowerCase(), type = $("#filter-type").value, outcome = $("#filter-outcome").value;
    const sort = $("#sort").value, up = $("#order").value === "up" ? 1 : -1;
    wanted = items.filter((item) => (!type || item.question.type === type) && (!outcome || outcomes(item).includes(outcome)) && (!text || item.search.includes(text)) && matches(item));
    if (sort) {
      const keys = new Map(wanted.map((item) => [item, keyOf(item, sort)]));
      const missing = (key) => key === null || key === undefined;
      wanted.sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        return up * (x - y);
      });
    } else if (up < 0) wanted.reverse();
    rows.replaceChildren();
    shown = 0;
    add();
    $("#count").textContent = t("report.count", { shown: wanted.length, total: items.length });
  }
  more.addEventListener("click", () => {
    const at = shown;
    add();
    rows.children[at]?.querySelector("button").focus();
  });
  new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting) && !more.hidden) add(); }, { rootMargin: "600px" }).observe(more.parentElement);
  $("#controls").addEventListener("input", show);
  $("#controls").addEventListener("submit", (event) => event.preventDefault());
  return show;
}

/** Fills the choices and shows the list, again whenever the language changes. */
function begin(show, types, outcomes, sorts) {
  const write = () => {
    relabel();
    choices("filter-type", [["", t("report.all")], ...types.map((type) => [type, type])]);
    choices("filter-outcome", [["", t("report.all")], ...outcomes.map((outcome) => [outcome, outcomeName(outcome)])]);
    choices("sort", [["", t("report.sort.file")], ...sorts()]);
    show();
  };
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => { language = button.dataset.language; write(); });
  write();
}
const searchable = (question, answer) => [question.id, question.question, question.type, ...question.answers, answer].join("\n").toLowerCase();
const said = (result) => [result.answer.lead ?? "", ...(result.answer.sentences ?? []).map((sentence) => sentence.text)].join("\n");
