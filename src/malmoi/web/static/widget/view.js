// How a question, its answer and a cited passage look.
import { el, t, tool } from "./dom.js";

const when = (date) => date?.slice(0, 10) ?? "";
const isComment = (citation) => citation.kind === "comment";

/** Where a citation comes from, in a line: title, publisher, day, and the kind where it is not running text. */
function origin(citation) {
  const facts = [citation.title || citation.document, citation.source, isComment(citation) && citation.author, when(citation.date)];
  const kind = citation.kind !== "body" && el("span", { class: `kind ${citation.kind}` }, t(`kind.${citation.kind}`));
  return [kind, kind && " ", el("span", {}, facts.filter(Boolean).join(" · "))];
}

const sameOrigin = (a, b) => ["document_id", "kind", "date", "author"].every((k) => a[k] === b[k]);

/** A question with its answer, which grows by the events of the stream. */
export class Turn {
  #answer; #foot; #waiting; #draft; #notice; #block; #cite; #said = []; #lead = "";

  /** @param cite is called with a citation and the button that was pressed. */
  constructor(question, cite) {
    this.question = question;
    this.#cite = cite;
    this.#answer = el("div", { class: "answer" });
    this.#foot = el("div", { class: "foot" });
    this.#waiting = el("p", { class: "waiting" }, el("span", { class: "pulse" }), el("span", {}, t("searching")));
    this.#draft = el("p", { class: "draft", hidden: true });
    this.box = el("article", { class: "turn", "data-state": "running" },
      el("h2", { class: "question" }, el("span", { class: "hidden" }, `${t("you_asked")} `), question),
      this.#answer, this.#draft, this.#waiting, this.#foot);
  }

  get plain() { return [this.#lead, ...this.#said.map((s) => s.text)].filter(Boolean).join(" "); }

  /** Show that more is coming, with a word about it or none; null: nothing is. */
  #wait(message) {
    this.#waiting.hidden = message === null;
    this.#waiting.lastChild.textContent = message ?? "";
  }

  slow() { if (!this.#waiting.hidden) this.#wait(t("widget.slow")); }

  take({ name, data }) {
    if (name === "passages") this.#wait(t("reading", { count: data.passages.length }));
    else if (name === "queued") this.#wait(t("widget.queued", data));
    else if (name === "lead") this.#say(data.text);
    else if (name === "draft") this.#write(data.text);
    else if (name === "sentence") this.#add(data);
    else if (name === "restart") this.#restart(data.notice);
    else if (name === "again") this.#restart("");
    else if (name === "lost") this.#wait(t("widget.reconnecting"));
    else if (name === "found") this.#wait(t("searching"));
    else if (name === "finished") this.finish(data);
  }

  #say(text) {
    this.#lead = text;
    this.#answer.prepend(el("p", { class: "lead" }, text));
  }

  #write(text) {
    this.#wait(text ? null : "");
    this.#draft.hidden = !text;
    this.#draft.textContent = text;
  }

  #restart(notice) {
    this.#answer.replaceChildren();
    this.#block = undefined;
    this.#said = [];
    this.#lead = "";
    this.#write("");
    this.#wait(t("searching"));
    this.#note(notice);
  }

  #note(text) {
    if (!text) return;
    this.#notice?.remove();
    this.#notice = el("p", { class: "note" }, text);
    this.#answer.before(this.#notice);
  }

  /** A sentence: in the source's own words with the source beneath, or a model's with numbered marks. */
  #add(sentence) {
    this.#write("");
    this.#said.push(sentence);
    const { citations, text, support, reason } = sentence;
    const [first] = citations;
    if (first && (first.quote === text || first.quote.includes(text))) {
      if (!this.#block?.first || !sameOrigin(this.#block.first, first)) {
        const quote = el("blockquote");
        const caption = el("figcaption", {}, this.#button("origin", first, origin(first)));
        this.#answer.append(el("figure", { class: `quote ${first.kind}` }, quote, caption));
        this.#block = { first, box: quote };
      }
      this.#block.box.append(el("p", {}, text));
      return;
    }
    if (!this.#block || this.#block.first) {
      this.#block = { box: el("p", { class: "prose" }) };
      this.#answer.append(this.#block.box);
    }
    const marks = citations.map((c) => this.#button("cite", c, [String(c.number)]));
    const doubt = support !== "supported" && el("span", { class: "doubt", title: reason || null }, t(`support.${support}`));
    this.#block.box.append(el("span", { class: `said ${support}` }, text), " ", ...(doubt ? [doubt, " "] : []), ...marks, " ");
  }

  #button(kind, citation, content) {
    const label = t("cite", { number: citation.number, title: citation.title || citation.document });
    return el("button", { type: "button", class: kind, "aria-label": kind === "cite" && label, onclick: (event) => this.#cite(citation, event.currentTarget) }, ...content);
  }

  /** The whole answer, live or kept. */
  finish(answer) {
    this.#write("");
    this.#wait(null);
    if (!this.#said.length) {
      if (answer.lead && !this.#lead) this.#say(answer.lead);
      answer.sentences.forEach((sentence) => this.#add(sentence));
      this.#wait(null);
    }
    if (answer.notice) this.#note(answer.notice);
    this.box.dataset.state = answer.state;
    const verdict = answer.verdict && answer.verdict !== "answered" && el("p", { class: `verdict ${answer.verdict}` }, t(`verdict.${answer.verdict}`));
    const marked = this.#answer.querySelector(".prose") && answer.citations.length > 0;
    this.#foot.replaceChildren(...[
      verdict,
      answer.state === "stopped" && el("p", { class: "note" }, t("state.stopped")),
      answer.state === "failed" && el("p", { class: "note" }, t("state.failed")),
      marked && el("h3", {}, t("sources")),
      marked && el("ol", { class: "sources" }, ...answer.citations.map((c) => el("li", {}, this.#button("source", c, [el("b", {}, String(c.number)), " ", ...origin(c)].filter(Boolean))))),
    ].filter(Boolean));
  }

  stopped() {
    this.#write("");
    this.#wait(null);
    this.box.dataset.state = "stopped";
    this.#foot.replaceChildren(el("p", { class: "note" }, t("state.stopped")));
  }

  /** What went wrong, with a way to try again. */
  fail(message, retry) {
    this.#write("");
    this.#wait(null);
    this.box.dataset.state = "failed";
    const again = el("button", { type: "button", class: "again", onclick: retry }, t("widget.loader.retry"));
    this.#foot.replaceChildren(el("div", { class: "problem", role: "alert" }, el("p", {}, message), again));
  }

  /** Before it is tried again. */
  resume() {
    this.box.dataset.state = "running";
    this.#foot.replaceChildren();
    this.#wait(t("searching"));
  }
}

/** What a citation points at: its facts, and the passage marked in its surroundings. */
export function evidence(citation, back) {
  const content = el("div", { class: "content", tabindex: "0", role: "region", "aria-label": t("evidence") }, el("p", { class: "waiting" }, el("span", { class: "pulse" })));
  const box = el("section", { class: "evidence", role: "dialog", "aria-modal": "true", "aria-labelledby": "evidence-title" },
    el("header", {}, tool("back", t("widget.back"), back), el("h2", { id: "evidence-title", tabindex: "-1" }, t("evidence"))), content);
  return {
    box,
    show(passage) {
      const facts = [
        [t("kind"), el("span", { class: `kind ${passage.kind}` }, t(`kind.${passage.kind}`))],
        [t("source"), passage.source],
        [t("date"), passage.when ?? (when(passage.date) || t("undated"))],
        [isComment(passage) ? t("commenter") : t("author"), passage.author],
        [t("section"), passage.heading.join(" › ")],
        [t("file"), passage.name],
      ].filter(([, value]) => value);
      const mark = el("mark", { tabindex: "-1" }, passage.quote);
      content.replaceChildren(el("h3", {}, passage.title),
        el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
        el("div", { class: "text" }, passage.before, mark, passage.after));
      mark.scrollIntoView({ block: "center" });
    },
    fail(message) { content.replaceChildren(el("p", { class: "problem", role: "alert" }, message)); },
  };
}
