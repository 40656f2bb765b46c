// The chat page: one place where every act of the reader arrives, and what the page does by itself.
import { announce, api, button, el, icon, loadTexts, t, tell, within } from "./dom.js";
import { acceptDrops, openDocuments } from "./documents.js";
import { filters, openFilters, showChips } from "./filters.js";
import { closePanel, openCitation, openedPanel } from "./panel.js";
import { closeMenu, followTheme, manage, openMenu, setLanguage, setTheme, signOut } from "./sidebar.js";

const $ = (selector) => document.querySelector(selector);
const field = () => $("#question");
const isAnswering = () => document.body.classList.contains("answering");

function send(question, replaces = "") {
  if (!question.trim() || isAnswering()) return;
  answering(true);
  guard();
  $("#mm-live .turn")?.setAttribute("data-old", ""); // gone as soon as Gradio draws the turn anew
  tell("submit", { question: question.trim(), replaces, filters: filters() });
}

function sendField() {
  const question = field().value;
  if (!question.trim() || isAnswering()) return;
  draft = question;
  field().value = "";
  grow();
  send(question);
}

let draft = "";
let watchdog;

/** While an answer is awaited, notice when the server is gone, and give the question back. */
function guard() {
  clearInterval(watchdog);
  watchdog = setInterval(async () => {
    if (!isAnswering()) return clearInterval(watchdog);
    try {
      await fetch("robots.txt", { cache: "no-store", signal: AbortSignal.timeout(6000) });
    } catch {
      if (!isAnswering()) return;
      answering(false);
      clearInterval(watchdog);
      giveBack();
      const waiting = $("#mm-live .waiting");
      if (waiting) waiting.replaceChildren(t("unreachable"));
      announce(t("unreachable"), true);
    }
  }, 4000);
}

function giveBack() {
  if (field().value) return;
  field().value = draft;
  grow();
}

function answering(on) {
  document.body.classList.toggle("answering", on);
}

function grow() {
  const box = field();
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

const acts = {
  send: sendField,
  stop: () => tell("stop", {}),
  suggest: (it) => send(it.textContent.trim()),
  new: () => { leave(); tell("clear", {}); openMenu(false); address(""); field()?.focus(); },
  open: (it) => { open(it.closest("[data-conversation]").dataset.conversation); },
  manage,
  menu: () => openMenu(!document.body.classList.contains("menu-open")),
  documents: (it) => { openMenu(false); if (openedPanel() === "documents") closePanel(); else openDocuments(it); },
  ratings: () => { location.href = within("api/ratings.jsonl"); },
  filters: openFilters,
  language: (it) => setLanguage(it.dataset.value),
  theme: (it) => setTheme(it.dataset.value),
  retry: (it) => {
    const turn = it.closest(".turn");
    send(turn.querySelector(".asked").textContent, turn.dataset.turn);
  },
  copy,
  rate,
  "sign-out": signOut,
};

function leave() {
  closePanel(false);
  answering(false);
}

function open(id, remember = true) {
  leave();
  tell("select", { id });
  openMenu(false);
  if (remember) address(id);
}

function address(id) {
  const wanted = within(location.pathname + (id ? `?c=${id}` : ""));
  if (location.pathname + location.search !== wanted) history.pushState({}, "", wanted);
}

async function copy(it) {
  const answer = it.closest(".turn").querySelector(".answer").cloneNode(true);
  answer.querySelectorAll(".others, .by, .hidden, .icon").forEach((part) => part.remove());
  answer.querySelectorAll("a.cite:not(.passage)").forEach((link) => { link.textContent = ` [${link.textContent}]`; });
  const lines = [...answer.querySelectorAll("p, blockquote, figcaption, li, h3")].map((part) => part.textContent.replaceAll("\u2060", "").replace(/\s+/g, " ").trim());
  const text = [it.closest(".turn").querySelector(".asked").textContent, ...lines].join("\n");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(t("copied"), true);
}

async function rate(it) {
  const turn = it.closest(".turn");
  const value = it.getAttribute("aria-pressed") === "true" ? 0 : Number(it.dataset.value);
  turn.querySelector(".reasons")?.remove();
  turn.querySelector(".thanks")?.remove();
  if (!(await keepRating(turn, { value }))) return;
  for (const thumb of turn.querySelectorAll("[data-action=rate]")) thumb.setAttribute("aria-pressed", String(Number(thumb.dataset.value) === value));
  if (value > 0) thank(turn);
  if (value < 0) turn.querySelector(".actions").append(reasons(turn, it));
}

function reasons(turn, opener) {
  const choice = (name) => el("label", { class: "choice" }, el("input", { type: "radio", name: `reason-${turn.dataset.turn}`, value: name }), t(`reason.${name}`));
  const comment = el("textarea", { class: "field", rows: "2", maxlength: "2000", placeholder: t("reason.comment"), "aria-label": t("reason.comment") });
  const names = ["wrong", "incomplete", "evidence", "should_answer", "should_decline", "other"];
  const box = el("div", { class: "reasons", role: "group", "aria-label": t("reason.title") },
    el("fieldset", {}, el("legend", {}, t("reason.title")), ...names.map(choice)), comment,
    el("div", { class: "end" }, button("primary", null, t("reason.send"), async () => {
      const reason = box.querySelector("input:checked")?.value ?? "";
      if (!(await keepRating(turn, { value: -1, reason, comment: comment.value }))) return;
      box.remove();
      thank(turn);
      opener.focus();
    })));
  queueMicrotask(() => box.querySelector("input").focus());
  return box;
}

async function keepRating(turn, rating) {
  try {
    await api("api/ratings", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ turn: turn.dataset.turn, ...rating }) });
    const row = $("#mm-sidebar [data-action=ratings]");
    if (row) row.hidden = false;
    return true;
  } catch (error) {
    announce(error.message, true);
    return false;
  }
}

function thank(turn) {
  turn.querySelector(".actions").append(el("span", { class: "thanks" }, t("thanks")));
  announce(t("thanks"));
}

document.addEventListener("click", (event) => {
  const cite = event.target.closest("a.cite");
  if (cite) {
    event.preventDefault();
    openCitation(cite);
    return;
  }
  const it = event.target.closest("[data-action]");
  if (!event.target.closest(".pop")) closeMenu();
  if (!it || (it.dataset.action === "open" && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
  event.preventDefault();
  acts[it.dataset.action]?.(it);
});

document.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // 229: Safari ends a composition before it says so
  if (event.target === field() && event.key === "Enter" && !event.shiftKey && !composing) {
    event.preventDefault();
    sendField();
  } else if (event.key === " " && event.target.matches?.("a.cite")) {
    event.preventDefault();
    openCitation(event.target);
  } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (closeMenu() || closePanel()) event.preventDefault();
    else if (document.body.classList.contains("menu-open")) {
      openMenu(false);
      $("[data-action=menu]")?.focus();
    } else if (isAnswering()) acts.stop();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-collection]")) location.search = new URLSearchParams({ collection: event.target.value });
});
document.addEventListener("input", (event) => { if (event.target === field()) grow(); });
addEventListener("popstate", () => open(new URLSearchParams(location.search).get("c") ?? "", false));
document.addEventListener("malmoi-left", () => acts.new());
document.addEventListener("malmoi-changed", () => { if ($(".welcome")) tell("apply", {}); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", followTheme);

function watch() {
  const box = $("#mm-scroll");
  let conversation, asked;
  new MutationObserver(() => {
    const live = $("#mm-live .turn");
    const busy = Boolean($("#mm-live [aria-busy]"));
    if (isAnswering() && live && !busy && !("old" in live.dataset)) finished(live);
    const turns = $("#mm-turns .turns");
    if (turns && turns.dataset.conversation !== conversation) {
      const first = conversation === undefined;
      conversation = turns.dataset.conversation;
      if (conversation && !first) address(conversation);
      if (!live) box.scrollTop = box.scrollHeight;
    }
    const question = live?.querySelector(".asked")?.textContent;
    if (busy && question !== asked) live.scrollIntoView({ block: "start" });
    asked = busy ? question : undefined;
  }).observe(box, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-busy", "data-conversation", "data-state"] });
  new MutationObserver(() => { showChips(); }).observe($("#mm-composer"), { childList: true, subtree: false });
}

function finished(live) {
  answering(false);
  const failed = live.dataset.state === "failed";
  const verdict = live.querySelector(".verdict")?.textContent.trim() ?? "";
  announce(failed ? live.querySelector(".notice").textContent.trim() : t("ready", { verdict }));
  if (failed) giveBack();
}

document.body.append(el("button", { type: "button", class: "veil", tabindex: "-1", "aria-hidden": "true", onclick: () => openMenu(false) }));
await loadTexts(document.documentElement.lang);
followTheme();
acceptDrops();
const arrival = new MutationObserver(() => {
  if (!$("#mm-scroll") || !$(".composer")) return;
  arrival.disconnect();
  watch();
  document.body.classList.add("ready");
  field().focus({ preventScroll: true });
});
arrival.observe(document.body, { childList: true, subtree: true });
