// The documents: drop files, see what became of each, look through the list, remove.
import { announce, api, button, confirmRemoval, el, icon, t, within } from "./dom.js";
import { openPanel, openedPanel } from "./panel.js";

const results = el("ul", { class: "results", "aria-live": "polite" });
let list, count, search, kinds, shown = 0;
let waiting = Promise.resolve();

export function openDocuments(from) {
  list = el("ul", { class: "held" });
  count = el("h3", { class: "count" });
  search = el("input", { type: "search", class: "field", placeholder: t("find_document"), "aria-label": t("find_document"), oninput: () => fill(true) });
  const picker = el("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-hidden": "true", id: "files",
    onchange: () => { add(picker.files); picker.value = ""; } });
  kinds = el("small");
  const drop = el("button", { type: "button", class: "drop", onclick: () => picker.click() },
    icon("upload"), el("strong", {}, t("drop")), kinds);
  openPanel("documents", t("documents"), [picker, drop, results, count, search, list], from);
  fill(true);
}

async function fill(anew) {
  if (anew) shown = 0;
  let page;
  try {
    page = await api(`api/documents?${new URLSearchParams({ q: search.value, offset: shown })}`);
  } catch (error) {
    list.replaceChildren(el("li", { class: "problem" }, error.message));
    return;
  }
  if (anew) list.replaceChildren();
  list.querySelector(".more-documents")?.remove();
  list.append(...page.documents.map(row));
  shown += page.documents.length;
  if (shown < page.found) list.append(el("li", { class: "more-documents" }, button("secondary", null, t("more"), () => fill(false))));
  const pending = page.chunks - page.embedded;
  count.textContent = t("held", { count: page.total }) + (pending > 0 && page.embedded > 0 ? ` · ${t("pending", { count: pending })}` : "");
  kinds.textContent = page.suffixes.map((suffix) => suffix.slice(1)).join(" · ");
  search.hidden = page.total < 8;
  for (const number of document.querySelectorAll("#mm-sidebar [data-action=documents] .count")) number.textContent = page.total;
}

function row(held) {
  const kinds = held.kinds.filter((kind) => kind === "comment").map((kind) => t(`kind.${kind}`));
  const meta = [held.source, held.date?.slice(0, 10) ?? t("undated"), t("chunks", { count: held.chunks }), ...kinds, held.name];
  return el("li", { "data-document": held.id },
    el("span", { class: "what" },
      el("a", { href: within(held.url), target: "_blank", rel: "noopener" }, held.title),
      el("span", { class: "meta" }, meta.filter(Boolean).join(" · "))),
    el("button", { type: "button", class: "quiet", "aria-label": t("remove_named", { title: held.title }), title: t("remove"), onclick: () => remove(held) }, icon("trash")));
}

async function remove(held) {
  if (!(await confirmRemoval(t("remove_title"), t("remove_text", { title: held.title }), t("remove")))) return;
  try {
    await api(`api/documents/${held.id}`, { method: "DELETE" });
    announce(t("removed", { title: held.title }), true);
  } catch (error) {
    announce(error.message, true);
  }
  await fill(true);
  document.dispatchEvent(new CustomEvent("malmoi-changed"));
}

/** Add files one after the other; each gets a line that ends in its result. */
export function add(files) {
  if (openedPanel() !== "documents") openDocuments(document.activeElement);
  for (const file of files) {
    const status = el("span", { class: "status" }, t("waiting"));
    const bar = el("progress", { max: "100", value: "0", "aria-label": file.name });
    const line = el("li", {}, el("span", { class: "name" }, file.name), status, bar);
    results.prepend(line);
    waiting = waiting.then(() => send(file, line, status, bar)).catch((error) => finish(line, status, bar, { status: "failed", problem: error.message }));
  }
  waiting = waiting.then(async () => {
    if (list?.isConnected) await fill(true);
    document.dispatchEvent(new CustomEvent("malmoi-changed"));
  });
}

async function send(file, line, status, bar) {
  status.textContent = t("step.send");
  let reply;
  try {
    reply = await fetch(within(`api/documents?${new URLSearchParams({ name: file.name })}`), { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  } catch {
    throw new Error(t("unreachable"));
  }
  if (!reply.ok) {
    const { error } = await reply.json().catch(() => ({}));
    finish(line, status, bar, { status: "failed", problem: error?.problem ?? t("unreachable"), remedy: error?.remedy });
    return;
  }
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", ended = false;
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const told of lines.filter(Boolean).map((text) => JSON.parse(text))) {
      if (told.result) {
        finish(line, status, bar, told.result);
        ended = true;
      } else {
        status.textContent = t(`step.${told.step}`) + (told.total > 1 ? ` ${told.done}/${told.total}` : "");
        if (told.total) bar.value = (100 * told.done) / told.total;
        else bar.removeAttribute("value");
      }
    }
    if (done) break;
  }
  if (!ended) throw new Error(t("unreachable"));
}

function finish(line, status, bar, result) {
  bar.remove();
  line.classList.add(result.status);
  const detail = result.status === "failed" ? [result.problem, result.remedy].filter(Boolean).join(". ")
    : result.status === "duplicate" ? t("same_as", { name: result.other })
      : result.chunks ? t("chunks", { count: result.chunks }) : "";
  status.textContent = t(`status.${result.status}`);
  if (detail) line.append(el("span", { class: "detail" }, ` — ${detail}`));
}

/** Files dropped anywhere on the page. */
export function acceptDrops() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    add([...event.dataTransfer.files]);
  });
}
