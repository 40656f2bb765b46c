// The side panel: the cited passage in its surroundings, or the documents. One is open at a time.
import { announce, api, el, icon, t, within } from "./dom.js";

let panel, opener, current;

/** Open the panel with a title and content; `from` gets the focus back when it closes. */
export function openPanel(name, title, content, from) {
  closePanel(false);
  opener = from;
  current = name;
  const heading = el("h2", { id: "panel-title", tabindex: "-1" }, title);
  const close = el("button", { type: "button", class: "quiet", "aria-label": t("close"), onclick: () => closePanel() }, icon("close"));
  const covers = matchMedia("(max-width: 860px)").matches;
  panel = el("aside", { class: `panel panel-${name}`, role: "dialog", "aria-labelledby": "panel-title", "aria-modal": covers ? "true" : false },
    el("header", {}, heading, close), el("div", { class: "content" }, ...content));
  if (covers) trapFocus(panel);
  document.body.append(panel);
  document.body.classList.add("with-panel");
  heading.focus();
  return panel;
}

export function closePanel(giveBack = true) {
  if (!panel) return false;
  panel.remove();
  panel = undefined;
  current = undefined;
  document.body.classList.remove("with-panel");
  document.querySelectorAll("a.cite.current").forEach((link) => link.classList.remove("current"));
  if (giveBack && opener) (opener.isConnected ? opener : again(opener))?.focus();
  return true;
}

export const openedPanel = () => current;

/** The same citation after the answer was drawn anew. */
function again(link) {
  const href = link.getAttribute("href");
  return href && document.querySelector(`a.cite[href="${CSS.escape(href)}"]`);
}

function trapFocus(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...box.querySelectorAll("a[href], button, input, textarea, select, summary")].filter((e) => e.offsetParent);
    const [first, last] = [stops[0], stops.at(-1)];
    if (event.shiftKey && (document.activeElement === first || !stops.includes(document.activeElement))) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  });
}

/** Show what a citation points at. */
export async function openCitation(link) {
  const { document: id, start, end, check } = link.dataset;
  let content;
  try {
    const passage = await api(`api/passage?${new URLSearchParams({ document: id, start, end, check })}`);
    content = show(passage);
  } catch (error) {
    content = [el("p", { class: "problem", role: "alert" }, error.message)];
  }
  const box = openPanel("evidence", t("evidence"), content, link);
  link.classList.add("current");
  box.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  announce(t("evidence_open"));
}

function show(passage) {
  const isComment = passage.kind === "comment";
  const kind = el("span", { class: `kind kind-${passage.kind}` }, t(`kind.${passage.kind}`));
  const when = passage.when ?? passage.date?.slice(0, 10) ?? t("undated");
  const facts = [
    [t("kind"), kind],
    [t("source"), passage.source],
    [t("date"), when],
    [isComment ? t("commenter") : t("author"), passage.author],
    [t("section"), passage.heading.join(" › ")],
    [t("file"), passage.name],
  ].filter(([, value]) => value);
  return [
    el("h3", {}, passage.title),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("div", { class: "text" }, passage.before, el("mark", {}, passage.quote), passage.after),
    el("a", { class: "secondary whole", href: within(passage.url), target: "_blank", rel: "noopener" }, icon("open"), el("span", {}, t("whole"))),
  ];
}
