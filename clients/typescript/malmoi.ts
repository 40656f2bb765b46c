/** A client of Malmoi's HTTP API. Needs `fetch` only; runs in browsers, Node 18 or newer, Deno and Bun. */

export type Support = "supported" | "partial" | "unsupported" | "contradicted";
export type Verdict = "answered" | "partial" | "conflicting" | "abstained";
export type Language = "ko" | "en";

export interface Citation {
  /** Of its marker `[n]` in the text; 0 where it has none. */
  number: number;
  document_id: string;
  document: string;
  title: string;
  start: number;
  end: number;
  quote: string;
  kind: "head" | "body" | "comment" | "caption" | "note" | "furniture";
  date: string | null;
  source: string | null;
  author: string | null;
  /** Tells whether the document has changed since. */
  check: string;
  url: string;
}

export interface Passage extends Citation {
  score: number | null;
}

export interface Sentence {
  text: string;
  support: Support;
  /** Why `support` is less than supported; otherwise empty. */
  reason: string;
  citations: Citation[];
}

export interface Answer {
  id: string;
  state: "running" | "finished" | "stopped" | "failed";
  question: string;
  searched: string;
  verdict: Verdict | null;
  lead: string;
  text: string;
  sentences: Sentence[];
  citations: Citation[];
  passages: Passage[];
  notice: string;
  answerer: string;
  collection: string;
  conversation: string | null;
  turn: string | null;
}

export interface OpenedPassage {
  document: string;
  name: string;
  title: string;
  date: string | null;
  source: string | null;
  author: string | null;
  kind: Citation["kind"];
  heading: string[];
  before: string;
  quote: string;
  after: string;
  start: number;
  end: number;
  url: string;
}

export interface Filters {
  /** Days, `YYYY-MM-DD`. */
  date_from?: string;
  date_to?: string;
  sources?: string[];
  documents?: string[];
  languages?: string[];
  comments?: "leave_out" | "include" | "only";
}

export interface Question {
  question: string;
  collection?: string;
  /** Goes on with this conversation. */
  conversation?: string;
  /** Begins a conversation with this question. */
  keep?: boolean;
  /** Earlier questions, oldest first, where no conversation holds them. */
  history?: string[];
  filters?: Filters;
  language?: Language;
}

/** What a streamed answer tells; the last is `finished` or `error`. */
export type AnswerEvent =
  | { type: "started"; answer: string; collection: string; conversation: string | null }
  | { type: "queued"; position: number }
  | { type: "passages"; searched: string; passages: Passage[] }
  | { type: "lead"; text: string }
  | { type: "draft"; text: string }
  | ({ type: "sentence" } & Sentence)
  | { type: "restart"; notice: string }
  | ({ type: "finished" } & Answer)
  | { type: "error"; code: string; detail: string; remedy: string; status: number; turn: string | null };

/** The server refused a request, or could not carry it out. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;
  readonly requestId: string;
  /** Seconds to wait, where the server says so. */
  readonly retryAfter: number | null;

  constructor(status: number, code: string, detail: string, remedy = "", requestId = "", retryAfter: number | null = null) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.remedy = remedy;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** A streamed answer broke off, and could not be taken up again in time. */
export class ConnectionLost extends Error {
  constructor() {
    super("The connection was lost before the answer was finished");
    this.name = "ConnectionLost";
  }
}

export interface Options {
  /** An API key; without, cookies say who asks. */
  key?: string;
  /** Of errors. */
  language?: Language;
  fetch?: typeof fetch;
}

const SILENCE_MS = 45_000; // three heartbeats
const PAUSE_MS = 200;

export class Malmoi {
  private readonly base: string;
  private readonly headers: Record<string, string>;
  private readonly fetch: typeof fetch;

  /** @param url of the server, with its path prefix if it has one */
  constructor(url: string, options: Options = {}) {
    this.base = `${url.replace(/\/+$/, "")}/api/v1`;
    this.headers = { "Accept-Language": options.language ?? "ko" };
    if (options.key) this.headers["Authorization"] = `Bearer ${options.key}`;
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** Answer a question. */
  ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    return this.send("POST", "/ask", question, signal);
  }

  /**
   * Answer a question as it grows. Leaving the loop, or aborting, stops the answer.
   * @param resumeWithin seconds for which a lost connection is made anew, from 0 to 60
   */
  async *stream(question: Question, signal?: AbortSignal, resumeWithin = 20): AsyncGenerator<AnswerEvent, void, void> {
    let answer = "";
    let last = "";
    let ended = false;
    let lost: number | null = null;
    try {
      while (!ended) {
        try {
          const body = { ...question, stream: true, resume_within_s: resumeWithin };
          const [method, path, sent] = answer
            ? (["GET", `/answers/${encodeURIComponent(answer)}/events`, undefined] as const)
            : (["POST", "/ask", body] as const);
          for await (const [id, event] of this.events(method, path, sent, last, signal)) {
            last = id;
            lost = null;
            if (event.type === "started") answer = event.answer;
            ended = event.type === "finished" || event.type === "error";
            yield event;
          }
        } catch (error) {
          if (error instanceof ApiError || signal?.aborted) throw error;
        }
        if (ended) return;
        signal?.throwIfAborted();
        lost ??= Date.now();
        if (!answer || Date.now() - lost >= resumeWithin * 1000) throw new ConnectionLost();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      if (answer && !ended) await this.stop(answer).catch(() => undefined);
    }
  }

  /** End an answer under way with what was said so far; its id is in the event `started`. */
  stop(answer: string): Promise<Answer> {
    return this.send("POST", `/answers/${encodeURIComponent(answer)}/stop`);
  }

  /** Passages for a question, best first. */
  async search(
    query: string,
    options: { collection?: string; filters?: Filters; limit?: number } = {},
    signal?: AbortSignal,
  ): Promise<Passage[]> {
    const found = await this.send<{ passages: Passage[] }>("POST", "/search", { query, ...options }, signal);
    return found.passages;
  }

  /** A cited span with the text around it; an ApiError where the document has changed since. */
  openPassage(cited: Citation, collection = "", signal?: AbortSignal): Promise<OpenedPassage> {
    const { document_id: document, start, end, check } = cited;
    const query = new URLSearchParams({ document, start: `${start}`, end: `${end}`, check, collection });
    return this.send("GET", `/passages?${query}`, undefined, signal);
  }

  /** Rate an answer 1 or -1, by its `turn`; 0 takes it back. */
  async rate(turn: string, value: -1 | 0 | 1, comment = "", collection = ""): Promise<void> {
    await this.send("PUT", `/feedback?${new URLSearchParams({ collection })}`, { turn, value, comment });
  }

  private async send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const reply = await this.request(method, path, body, {}, signal);
    return (await reply.json()) as T;
  }

  private async request(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const sent: RequestInit = { method, headers: { ...this.headers, ...headers } };
    if (body !== undefined) {
      sent.body = JSON.stringify(body);
      sent.headers = { ...sent.headers, "Content-Type": "application/json" };
    }
    if (signal) sent.signal = signal;
    const reply = await this.fetch(this.base + path, sent);
    if (!reply.ok) throw await refusal(reply);
    return reply;
  }

  /** The events of one connection, each with its id. */
  private async *events(
    method: string,
    path: string,
    body: unknown,
    last: string,
    signal?: AbortSignal,
  ): AsyncGenerator<[string, AnswerEvent], void, void> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = last;
    const silence = new AbortController();
    const abort = (): void => silence.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const reply = await this.request(method, path, body, headers, silence.signal);
      if (!reply.body) return;
      const reader = reply.body.getReader();
      const decoder = new TextDecoder();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        text += decoder.decode(value, { stream: true });
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const event = parsed(text.slice(0, end));
          text = text.slice(end + 2);
          if (event) yield event;
        }
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      silence.abort();
    }
  }
}

function parsed(block: string): [string, AnswerEvent] | null {
  const fields = new Map(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]),
  );
  const data = fields.get("data");
  const type = fields.get("event");
  if (data === undefined || type === undefined) return null;
  return [fields.get("id") ?? "", { type, ...(JSON.parse(data) as object) } as AnswerEvent];
}

async function refusal(reply: Response): Promise<ApiError> {
  const told = (await reply.json().catch(() => ({}))) as Record<string, unknown>;
  const word = (name: string): string => (typeof told[name] === "string" ? told[name] : "");
  const wait = Number(reply.headers.get("retry-after") ?? "");
  const detail = word("detail") || `The server replied ${reply.status}`;
  return new ApiError(reply.status, word("code"), detail, word("remedy"), word("request_id"), wait || null);
}
