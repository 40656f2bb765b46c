// The conversation inside the iframe.
import { Bridge, dress } from "./bridge.js";
import { Client, Problem } from "./client.js";
import { announce, el, language, t, tool } from "./dom.js";
import { evidence, Turn } from "./view.js";

const SLOW_MS = 7000;
let client, look, opening = {}, entering, conversation = "", running, panel, covers = false;
let isEmpty = true, isNew = false;

const heading = el("h1", {}, t("widget.title"));
const log = el("main", { class: "log", tabindex: "0", "aria-label": t("widget.log") });
const field = el("textarea", { id: "question", rows: "1", maxlength: "4000", placeholder: t("placeholder"), "aria-label": t("question"),
  enterkeyhint: "send", autocomplete: "off" });
const send = tool("send", t("send"), () => submit());
const stop = tool("stop", t("stop"), () => halt(), { hidden: true });
const chat = el("div", { class: "chat" },
  el("header", {}, heading, tool("new", t("new"), () => begin()), tool("close", t("close"), () => bridge.tell("close"))),
  log, el("div", { class: "composer" }, field, send, stop), el("p", { class: "small" }, t("widget.notice")));
document.body.append(chat);
announce("");

const bridge = new Bridge((message) => HEARD[message.type](message));
const HEARD = {
  connect(message) {
    client = new Client(bridge, message);
    wear(message.look);
    welcome();
    bridge.tell("ready");
    entering = enter();
  },
  look: (message) => wear(message.look),
  ask: (message) => { if (!running) ask(message.text); else field.value ||= message.text; },
  new: () => begin(),
  opened: () => (panel ? panel.box.querySelector("h2") : field).focus(),
  closed: () => {},
};

function wear(given) {
  look = given;
  covers = given.covers;
  document.documentElement.dataset.scheme = given.scheme;
  dress({ ...opening.theme, ...given.theme });
  if (isEmpty) welcome();
}

/** The session, and what was said before in this window. */
async function enter() {
  try {
    opening = await client.renew();
    heading.textContent = opening.title || t("widget.title");
    dress({ ...opening.theme, ...look.theme });
    if (isEmpty) welcome();
    if (opening.conversation) await recall(opening.conversation);
  } catch (error) {
    if (isEmpty) welcome(error.message);
    bridge.emit("error", { code: error.code ?? "fault" });
  }
}

async function recall(id) {
  const { turns } = await client.json(`api/v1/conversations/${id}`).catch((error) => {
    if (error.status === 404) return { turns: [] };
    throw error;
  });
  if (!turns.length || isNew || conversation) return;
  conversation = id;
  if (isEmpty) log.replaceChildren();
  isEmpty = false;
  log.prepend(...turns.map(({ answer }) => {
    const turn = new Turn(answer.question, cite);
    turn.finish(answer);
    return turn.box;
  }));
  toEnd();
}

function welcome(problem) {
  const greeting = look.greeting || opening.greeting || t("welcome");
  const questions = look.suggestions.length ? look.suggestions : (opening.suggestions ?? []);
  const suggested = questions.map((text) => el("li", {}, el("button", { type: "button", onclick: () => ask(text) }, text)));
  log.replaceChildren(el("div", { class: "welcome" }, opening.logo && el("span", { class: "logo", "aria-hidden": "true" }, opening.logo),
    el("p", { class: "greeting" }, greeting),
    problem && el("div", { class: "problem", role: "alert" }, el("p", {}, problem),
      el("button", { type: "button", class: "again", onclick: () => { welcome(); entering = enter(); } }, t("widget.loader.retry"))),
    suggested.length > 0 && el("ul", { "aria-label": t("suggestions") }, ...suggested)));
}

/** A new conversation. The one before stays on the server. */
function begin() {
  if (running) halt();
  back();
  client?.remember("").catch(() => {});
  conversation = "";
  isEmpty = isNew = true;
  welcome();
  field.focus();
}

function submit() {
  const question = field.value.trim();
  if (!question || running || !client) return;
  field.value = "";
  grow();
  ask(question);
}

function ask(question) {
  if (running || !client) return;
  back();
  if (isEmpty) log.replaceChildren();
  isEmpty = false;
  const turn = new Turn(question, cite);
  log.append(turn.box);
  turn.box.scrollIntoView({ block: "start" });
  bridge.emit("message", { role: "user" });
  answer(turn, {});
}

/** Take in an answer; `seen` is where an earlier try was broken off, `replaces` what is kept of one that failed. */
async function answer(turn, seen, replaces) {
  const run = running = { cut: new AbortController(), turn, id: "" };
  buttons();
  let slow;
  const patience = () => { clearTimeout(slow); slow = setTimeout(() => turn.slow(), SLOW_MS); };
  patience();
  try {
    await entering; // what was said before in this window comes first
    if (running !== run) return;
    const wanted = { question: turn.question, ...(conversation ? { conversation, replaces } : { keep: true }) };
    for await (const event of client.ask(wanted, seen, run.cut.signal)) {
      if (running !== run) return;
      patience();
      if (event.name === "started") started(event.data, run);
      if (event.name === "error") {
        replaces = event.data.turn ?? replaces;
        throw new Problem([event.data.detail, event.data.remedy].filter(Boolean).join(". "), event.data.code);
      }
      follow(() => turn.take(event));
      if (event.name === "finished") finished(turn, event.data);
    }
  } catch (error) {
    if (running !== run) return;
    failed(turn, error, seen, replaces);
  } finally {
    clearTimeout(slow);
    if (running === run) {
      running = undefined;
      buttons();
    }
  }
}

function started(data, run) {
  run.id = data.answer;
  if (!data.conversation || data.conversation === conversation) return;
  conversation = data.conversation;
  client.remember(conversation).catch(() => {});
}

function finished(turn, data) {
  announce(t("widget.ready", { text: turn.plain }));
  bridge.emit("message", { role: "assistant", verdict: data.verdict });
}

function failed(turn, error, seen, replaces) {
  const known = error instanceof Problem;
  if (!known) console.warn(error);
  if (!field.value) field.value = turn.question;
  grow();
  follow(() => turn.fail(known ? error.message : t("unreachable"), () => {
    if (running) return;
    if (field.value.trim() === turn.question) field.value = "";
    if (error.code !== "unreachable") seen = {};
    grow();
    turn.resume();
    field.focus();
    answer(turn, seen, replaces);
  }));
  bridge.emit("error", { code: known ? error.code : "fault" });
}

/** Stop the answer under way, keeping what was said. */
function halt() {
  if (!running) return;
  const { cut, turn, id } = running;
  running = undefined;
  cut.abort();
  if (id) client.stop(id).catch(() => {});
  turn.stopped();
  buttons();
  announce(t("state.stopped"));
  field.focus();
}

function buttons() {
  const had = document.activeElement === send || document.activeElement === stop;
  send.hidden = !!running;
  stop.hidden = !running;
  if (had) field.focus();
  send.disabled = !field.value.trim();
}

/** Do something that makes the log longer, and stay at its end if that is where the reader is. */
function follow(change) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (atEnd) toEnd();
}

function toEnd() { log.scrollTop = log.scrollHeight; }

async function cite(citation, from) {
  panel = { ...evidence(citation, back), from };
  chat.inert = true;
  document.body.append(panel.box);
  panel.box.querySelector("h2").focus();
  bridge.emit("citation", { document: citation.document_id, title: citation.title || citation.document, kind: citation.kind });
  const { box } = panel;
  try {
    const passage = await client.passage(citation);
    if (panel?.box !== box) return;
    panel.show(passage);
    announce(t("evidence_open"));
  } catch (error) {
    if (panel?.box === box) panel.fail(error.message);
  }
}

function back() {
  if (!panel) return;
  const { box, from } = panel;
  panel = undefined;
  box.remove();
  chat.inert = false;
  (from.isConnected ? from : field).focus();
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 140)}px`;
  send.disabled = !field.value.trim();
}

field.addEventListener("input", grow);
addEventListener("focus", () => { if (document.activeElement === document.body) field.focus(); });
field.addEventListener("keydown", (event) => {
  // While a syllable is being composed, Enter ends it; 229 is how browsers without isComposing say so.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape") panel ? back() : bridge.tell("close");
  else if (event.key === "Tab" && covers) keepInside(event);
});

/** Where the chat covers the page, Tab goes round within it. */
function keepInside(event) {
  const stops = [...(panel?.box ?? chat).querySelectorAll("button, textarea, [tabindex='0']")].filter((e) => !e.disabled && e.offsetParent);
  const [first, last] = [stops[0], stops.at(-1)];
  const end = event.shiftKey ? first : last;
  if (document.activeElement !== end && stops.includes(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

buttons();
document.documentElement.lang = language;
