// <malmoi-chat>: a launcher in a shadow tree, and an iframe of the bot's origin that holds the conversation.
const BOT = new URL(".", import.meta.url);
const TEXTS = __TEXTS__;
const WAIT_MS = 7000; // for the iframe's first word
const VARIABLES = ["accent", "on-accent", "paper", "sheet", "ink", "line", "quote", "radius", "font"];
const ICONS = {
  open: "M4 5h16v11H9.5L5 20v-4H4z",
  close: "M6 6l12 12M18 6 6 18",
};
const CSS = `
:host { all: initial; display: contents; }
:host([hidden]) { display: none; }
.box { --c: var(--malmoi-accent, #2f4a6d); --o: var(--malmoi-on-accent, #fdfaf3); --p: var(--malmoi-paper, #faf7f0);
  --i: var(--malmoi-ink, #22201c); --l: var(--malmoi-line, #c9bfa8); --r: var(--malmoi-radius, 14px);
  font: 500 16px/1.5 var(--malmoi-font, system-ui, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic", sans-serif);
  word-break: keep-all; color: var(--i); }
.box[data-scheme=dark] { --c: var(--malmoi-accent, #a9c2e4); --o: var(--malmoi-on-accent, #16202d);
  --p: var(--malmoi-paper, #181715); --i: var(--malmoi-ink, #ece6da); --l: var(--malmoi-line, #565045); }
button { font: inherit; word-break: inherit; cursor: pointer; }
.launcher { position: fixed; z-index: var(--malmoi-layer, 2147483000); inset-block-end: calc(20px + var(--stack) + env(safe-area-inset-bottom));
  inset-inline-end: calc(20px + env(safe-area-inset-right)); display: flex; align-items: center; gap: 8px; min-width: 52px;
  min-height: 52px; padding: 0 18px 0 15px; border: 1px solid transparent; border-radius: 26px; background: var(--c); color: var(--o);
  font-weight: 600; box-shadow: 0 2px 6px rgb(0 0 0/18%), 0 10px 30px rgb(0 0 0/16%); }
.launcher:hover { filter: brightness(1.08); }
.launcher:focus-visible, .note button:focus-visible { outline: 3px solid var(--c); outline-offset: 3px; }
svg { flex: none; width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.panel { position: fixed; z-index: var(--malmoi-layer, 2147483000); inset-block-end: calc(84px + var(--stack) + env(safe-area-inset-bottom));
  inset-inline-end: calc(20px + env(safe-area-inset-right)); display: flex; flex-direction: column; box-sizing: border-box; width: 400px;
  max-width: calc(100vw - 40px); height: min(640px, calc(100dvh - 110px - var(--stack))); overflow: hidden; border: 1px solid var(--l);
  border-radius: var(--r); background: var(--p); box-shadow: 0 4px 12px rgb(0 0 0/12%), 0 20px 60px rgb(0 0 0/22%);
  animation: rise .16s ease-out; }
.left .launcher, .left .panel { inset-inline: calc(20px + env(safe-area-inset-left)) auto; }
.panel[hidden], .note[hidden] { display: none; }
iframe { flex: 1; width: 100%; min-height: 0; border: 0; background: var(--p); color-scheme: normal; }
.panel.waiting iframe { position: absolute; visibility: hidden; }
.note { margin: auto; padding: 24px; text-align: center; }
.note p { margin: 0 0 14px; }
.note button { min-height: 44px; margin: 0 4px; padding: 6px 18px; border: 1px solid var(--l); border-radius: 10px; background: none; color: inherit; }
.covers .panel { inset: 0; width: 100%; max-width: none; height: 100dvh; border: 0; border-radius: 0; padding: env(safe-area-inset-top)
  env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
.covers.opened .launcher { display: none; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
@media (forced-colors: active) { .launcher, .panel, .note button { border: 1px solid ButtonText; } }
`;
const phone = matchMedia("(max-width: 600px), (max-height: 480px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const shown = new Set(); // launchers stand one above the other
const is = {
  text: (most) => (v) => typeof v === "string" && v.length <= most,
  id: (v) => Number.isInteger(v),
  name: (v) => ["message", "citation", "error", "tokenexpired"].includes(v),
  plain: (v) => v === null || (typeof v === "object" && Object.values(v).every((x) => typeof x !== "object" && String(x).length <= 500)),
};
const FORMS = {
  hello: {},
  ready: {},
  close: {},
  token: { id: is.id },
  keep: { thread: is.text(200) },
  event: { name: is.name, detail: is.plain },
};

/** Whether a message has the members of its type, and no other. */
function wellFormed(message) {
  const form = message?.malmoi === 1 && Object.hasOwn(FORMS, message.type) && FORMS[message.type];
  return !!form && Object.keys(message).every((k) => k === "malmoi" || k === "type" || Object.hasOwn(form, k))
    && Object.entries(form).every(([k, fits]) => fits(message[k]));
}

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "onclick") made.onclick = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function icon(name) {
  const drawn = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const [picture, path] = [drawn("svg"), drawn("path")];
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.ariaHidden = "true";
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

class MalmoiChat extends HTMLElement {
  static observedAttributes = ["lang", "collection", "position", "greeting", "suggestions", "scheme"];
  #root; #box; #launcher; #panel; #note; #frame; #port; #timer; #before; #gone; #life; #held;
  #waiting = []; // for the iframe, once it is there

  /** A function that gives a fresh token, in place of token-url. */
  tokenProvider = null;

  get isOpen() { return !!this.#box?.classList.contains("opened"); }

  connectedCallback() {
    if (this.#gone || this.#box) return;
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      this.#root.adoptedStyleSheets = [sheet];
    }
    this.#life = new AbortController();
    const { signal } = this.#life;
    addEventListener("message", (event) => this.#greet(event), { signal });
    for (const media of [phone, dark]) media.addEventListener("change", () => this.#dress(), { signal });
    for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, () => this.#fit(), { signal });
    this.#launcher = make("button", { type: "button", class: "launcher", part: "launcher", "aria-expanded": "false",
      "aria-haspopup": "dialog", onclick: () => this.toggle() });
    this.#note = make("div", { class: "note", role: "status" });
    this.#panel = make("div", { class: "panel", part: "panel", role: "dialog", id: "panel", hidden: "" }, this.#note);
    this.#launcher.setAttribute("aria-controls", "panel");
    this.#box = make("div", { class: "box" }, this.#launcher, this.#panel);
    this.#box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !event.isComposing) this.close();
    });
    this.#root.append(this.#box);
    shown.add(this);
    this.#stack();
    this.#dress();
  }

  disconnectedCallback() {
    this.#clear();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#box || before === now) return;
    this.#dress();
    if (name === "position") this.#stack();
    if (name === "collection") this.#held = undefined;
    if (this.#frame && (name === "lang" || name === "collection")) this.#load();
  }

  open() { this.#show(); }

  close() {
    if (!this.isOpen) return;
    const had = this.#root.activeElement;
    this.#box.classList.remove("opened");
    this.#panel.hidden = true;
    this.#launcher.setAttribute("aria-expanded", "false");
    this.#label();
    this.#tell({ type: "closed" });
    const back = this.#before?.isConnected ? this.#before : this.#launcher;
    if (had || document.activeElement === this || document.activeElement === document.body) back.focus({ preventScroll: true });
    this.#before = undefined;
    this.#emit("close");
  }

  toggle() { this.isOpen ? this.close() : this.open(); }

  /** Open, and ask a question. */
  send(question) {
    const text = String(question ?? "").trim().slice(0, 4000);
    if (!text) return;
    this.#show();
    this.#tell({ type: "ask", text }, true);
  }

  newChat() {
    if (this.#gone) return;
    this.#tell({ type: "new" }, true);
  }

  /** Take everything off the page, for good. */
  destroy() {
    this.#gone = true;
    this.#clear();
  }

  #clear() {
    if (!this.#box) return;
    const open = this.isOpen;
    this.#life.abort();
    clearTimeout(this.#timer);
    this.#port?.close();
    this.#box.remove();
    this.#box = this.#frame = this.#port = undefined;
    this.#waiting = [];
    shown.delete(this);
    this.#stack();
    if (open) this.#emit("close");
  }

  #show() {
    if (this.#gone || !this.#box || this.isOpen) return;
    const active = document.activeElement;
    this.#before = active && active !== document.body && active !== this ? active : undefined;
    this.#box.classList.add("opened");
    this.#panel.hidden = false;
    this.#launcher.setAttribute("aria-expanded", "true");
    this.#dress();
    if (!this.#frame) this.#load();
    this.#enter();
    this.#emit("open");
  }

  #enter() {
    this.#frame.focus({ preventScroll: true });
    this.#tell({ type: "opened" });
  }

  /** Put the iframe in, and wait for its word. */
  #load() {
    clearTimeout(this.#timer);
    this.#port?.close();
    this.#port = undefined;
    this.#frame?.remove();
    const source = new URL("widget/frame", BOT);
    source.search = new URLSearchParams({ origin: location.origin, lang: this.#language });
    this.#say("loading");
    this.#frame = make("iframe", { title: this.#text("frame"), src: source, referrerpolicy: "no-referrer", allow: "clipboard-write",
      sandbox: "allow-scripts allow-same-origin" });
    this.#panel.prepend(this.#frame);
    this.#timer = setTimeout(() => this.#fail(), WAIT_MS);
    // Scripts have run by then; a page without them is the browser's, about an error.
    this.#frame.onload = ({ target }) => setTimeout(() => target === this.#frame && !this.#port && this.#fail(), 1000);
  }

  #fail() {
    clearTimeout(this.#timer);
    this.#say("failed");
    this.#emit("error", { code: "unreachable" });
  }

  #say(what) {
    this.#panel.classList.toggle("waiting", !!what);
    this.#note.hidden = !what;
    this.#note.replaceChildren();
    if (!what) return;
    const kept = what === "failed" && this.#waiting.some((m) => m.type === "ask") ? ` ${this.#text("kept")}` : "";
    this.#note.append(make("p", {}, this.#text(what) + kept));
    if (what === "failed") {
      const again = make("button", { type: "button", onclick: () => this.#load() }, this.#text("retry"));
      this.#note.append(again, make("button", { type: "button", onclick: () => this.close() }, this.#text("close")));
      if (this.isOpen) again.focus({ preventScroll: true });
    }
  }

  /** The iframe's first word: answered with a channel for the two. */
  #greet(event) {
    if (event.origin !== BOT.origin || !this.#frame || event.source !== this.#frame.contentWindow) return;
    if (!wellFormed(event.data) || event.data.type !== "hello") return;
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#port === port1 && wellFormed(data) && this.#hear(data);
    const connect = { malmoi: 1, type: "connect", collection: this.getAttribute("collection") ?? "", thread: this.#thread,
      token: !!(this.tokenProvider || this.getAttribute("token-url")), look: this.#look };
    event.source.postMessage(connect, BOT.origin, [port2]);
  }

  async #hear(message) {
    const { type } = message;
    if (type === "ready") {
      clearTimeout(this.#timer);
      this.#say(null);
      if (this.isOpen) this.#enter();
      for (const waiting of this.#waiting.splice(0)) this.#tell(waiting);
      this.#emit("ready");
    } else if (type === "close") this.close();
    else if (type === "event") this.#emit(message.name, message.detail);
    else if (type === "keep") this.#thread = message.thread;
    else if (type === "token") {
      const port = this.#port;
      const token = await this.#token();
      port.postMessage({ malmoi: 1, type: "token", id: message.id, token });
    }
  }

  /** A fresh token of the site's server, or "". */
  async #token() {
    try {
      if (this.tokenProvider) return String(await this.tokenProvider()).slice(0, 8192);
      const reply = await fetch(this.getAttribute("token-url"), { method: "POST", credentials: "same-origin",
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(6000) });
      return reply.ok ? String((await reply.json()).token ?? "").slice(0, 8192) : "";
    } catch {
      return "";
    }
  }

  #tell(message, wait = false) {
    if (this.#port && this.#note.hidden) this.#port.postMessage({ malmoi: 1, ...message });
    else if (wait) this.#waiting.push(message);
  }

  #emit(name, detail = null) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  get #isLeft() { return !!this.getAttribute("position")?.endsWith("left"); }

  get #language() {
    const wanted = this.getAttribute("lang") || this.closest("[lang]")?.lang || navigator.language;
    return wanted.toLowerCase().startsWith("ko") ? "ko" : "en";
  }

  #text(key) { return TEXTS[this.#language][key]; }

  /** By which the conversation is taken up when the page is loaded anew. */
  get #key() {
    return `malmoi-chat ${this.id || [...document.querySelectorAll("malmoi-chat")].indexOf(this)} ${this.getAttribute("collection") ?? ""}`;
  }

  get #thread() {
    try { this.#held ??= sessionStorage.getItem(this.#key); } catch { /* works without storage */ }
    return (this.#held ?? "").slice(0, 200);
  }

  set #thread(id) {
    this.#held = id;
    try { sessionStorage.setItem(this.#key, id); } catch { /* works without storage */ }
  }

  /** All that a page can set. */
  get #look() {
    const given = getComputedStyle(this);
    const theme = {};
    for (const name of VARIABLES) {
      const value = given.getPropertyValue(`--malmoi-${name}`).trim();
      if (value) theme[name] = value.slice(0, 200);
    }
    return { scheme: this.#scheme, theme, covers: phone.matches, greeting: (this.getAttribute("greeting") ?? "").slice(0, 500),
      suggestions: (this.getAttribute("suggestions") ?? "").split("|").map((s) => s.trim().slice(0, 200)).filter(Boolean).slice(0, 6) };
  }

  get #scheme() {
    const wanted = this.getAttribute("scheme");
    return wanted === "dark" || wanted === "light" ? wanted : dark.matches ? "dark" : "light";
  }

  #label() {
    const text = this.#text(this.isOpen ? "close" : "open");
    this.#launcher.replaceChildren(icon(this.isOpen ? "close" : "open"), make("span", {}, text));
  }

  #dress() {
    if (!this.#box) return;
    this.#label();
    this.#box.lang = this.#language;
    this.#box.dataset.scheme = this.#scheme;
    this.#box.classList.toggle("left", this.#isLeft);
    this.#box.classList.toggle("covers", phone.matches);
    this.#panel.setAttribute("aria-label", this.#text("frame"));
    phone.matches ? this.#panel.setAttribute("aria-modal", "true") : this.#panel.removeAttribute("aria-modal");
    this.#fit();
    this.#tell({ type: "look", look: this.#look });
  }

  /** On a phone, leave the room to the keyboard. */
  #fit() {
    const seen = visualViewport, small = phone.matches && this.isOpen && seen && innerHeight - seen.height > 80;
    this.#panel.style.cssText = small ? `height:${seen.height}px;top:${seen.offsetTop}px;bottom:auto` : "";
  }

  #stack() {
    const taken = {};
    for (const chat of shown) {
      const side = chat.#isLeft;
      chat.#box.style.setProperty("--stack", `${(taken[side] = (taken[side] ?? -1) + 1) * 64}px`);
    }
  }
}

if (!customElements.get("malmoi-chat")) customElements.define("malmoi-chat", MalmoiChat);
