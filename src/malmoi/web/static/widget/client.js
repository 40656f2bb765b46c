// The server: a session by the site's token, questions over server-sent events, and what a citation points at.
import { language, t } from "./dom.js";

const ROOT = new URL("..", document.baseURI);
const FIRST_MS = 7000; // for a reply to begin; a message is then on the screen within 8 s
const SILENT_MS = 20000; // the server gives a sign of life every 15 s
const RESUME_S = 60;

/** What went wrong, in words for the reader. */
export class Problem extends Error {
  constructor(message, code, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const unreachable = () => new Problem(t("widget.unreachable"), "unreachable");

async function problemOf(reply) {
  const told = await reply.json().catch(() => ({}));
  const { code = "http", remedy = "" } = told.error ?? told;
  const detail = told.error?.problem ?? told.detail ?? t("widget.error_at");
  const seconds = reply.headers.get("retry-after");
  const message = reply.status === 429 && seconds ? t("widget.busy", { seconds }) : [detail, remedy].filter(Boolean).join(". ");
  return new Problem(message, code, reply.status);
}

export class Client {
  #bridge; #given; #thread; #token = ""; #renewing; #timer;

  /** @param given the page's message `connect`. */
  constructor(bridge, given) {
    this.#bridge = bridge;
    this.#given = given;
    this.#thread = given.thread;
  }

  /** Begin or renew the session; gives the server's words for the beginning. One renewal at a time. */
  renew() {
    this.#renewing ??= this.#renew().finally(() => { this.#renewing = undefined; });
    return this.#renewing;
  }

  async #renew() {
    clearTimeout(this.#timer);
    const token = this.#given.token ? await this.#bridge.token() : "";
    if (this.#given.token && !token) throw this.#expired(new Problem(t("widget.unknown"), "token", 401));
    const wanted = { origin: this.#bridge.site, collection: this.#given.collection, token, thread: this.#thread, language };
    const reply = await this.#fetch("widget/session", { method: "POST", body: JSON.stringify(wanted), headers: { "Content-Type": "application/json" } });
    if (!reply.ok) {
      const problem = await problemOf(reply);
      throw reply.status === 401 ? this.#expired(problem) : problem;
    }
    const opened = await reply.json();
    this.#token = opened.session;
    if (opened.thread !== this.#thread) this.#bridge.tell("keep", { thread: opened.thread });
    this.#thread = opened.thread;
    this.#timer = setTimeout(() => this.renew().catch(() => {}), opened.expires_in * 800);
    return opened;
  }

  #expired(problem) {
    this.#bridge.emit("tokenexpired");
    return problem;
  }

  async #fetch(path, { signal, ...options }) {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), FIRST_MS);
    try {
      return await fetch(new URL(path, ROOT), { credentials: "omit", cache: "no-store", ...options,
        headers: { "Accept-Language": language, ...options.headers }, signal: signal ? AbortSignal.any([signal, cut.signal]) : cut.signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unreachable();
    } finally {
      clearTimeout(timer);
    }
  }

  /** A reply for the session's holder; an ended session is renewed, once. */
  async call(path, options = {}) {
    for (let again = false; ; again = true) {
      if (!this.#token) await this.renew();
      const used = this.#token;
      const reply = await this.#fetch(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${used}` } });
      if (reply.status !== 401 || again) {
        if (!reply.ok) throw await problemOf(reply);
        return reply;
      }
      if (used === this.#token) await this.renew();
    }
  }

  async json(path) { return (await this.call(path)).json(); }

  remember(id) {
    return this.call("widget/conversation", { method: "PUT", body: JSON.stringify({ id }), headers: { "Content-Type": "application/json" } });
  }

  passage({ document_id, start, end, check }) {
    return this.json(`api/passage?${new URLSearchParams({ document: document_id, start, end, check, collection: this.#given.collection || "default" })}`);
  }

  stop(answer) { return this.call(`api/v1/answers/${answer}/stop`, { method: "POST" }); }

  /**
   * The events of an answer as `{name, data}`; a lost connection is taken up again behind the last event, which is
   * told as `lost` and `found`.
   * @param seen `{last}`: id of the last event; given again it goes on with the same answer.
   */
  async *ask(wanted, seen, signal) {
    const body = JSON.stringify({ collection: this.#given.collection, resume_within_s: RESUME_S, stream: true, ...wanted });
    let lostAt = 0;
    for (;;) {
      try {
        const headers = { "Content-Type": "application/json", Accept: "text/event-stream", ...(seen.last && { "Last-Event-ID": seen.last }) };
        const reply = await this.call("api/v1/ask", { method: "POST", body, headers, signal });
        if (lostAt) yield { name: "found" };
        lostAt = 0;
        for await (const event of parse(reply.body, signal)) {
          seen.last = event.id || seen.last;
          yield event;
          if (event.name === "finished" || event.name === "error") return;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error.code === "web.gone" && seen.last) {
          seen.last = "";
          yield { name: "again" };
          continue;
        }
        if (!seen.last || (error instanceof Problem && error.code !== "unreachable")) throw error;
      }
      if (signal.aborted) return;
      if (!seen.last) throw unreachable();
      if (!lostAt) yield { name: "lost" };
      lostAt ||= Date.now();
      if (Date.now() - lostAt > FIRST_MS - 1500) throw unreachable();
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
  }
}

/** Server-sent events of a reply; ends when the connection does, or when no sign of life comes any more. */
async function* parse(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      let timer;
      const silent = new Promise((resolve) => { timer = setTimeout(() => resolve({ done: true }), SILENT_MS); });
      const { done, value } = await Promise.race([reader.read(), silent]).catch(() => ({ done: true }));
      clearTimeout(timer);
      if (done || signal.aborted) return;
      const blocks = (held + value).split("\n\n");
      held = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.match(/^(id|event|data): ?(.*)$/)?.slice(1)).filter(Boolean));
        if (fields.data) yield { id: fields.id, name: fields.event, data: JSON.parse(fields.data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
