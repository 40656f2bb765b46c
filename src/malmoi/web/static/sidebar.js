// Conversations, language, theme: the left side of the page.
import { announce, ask, button, confirmRemoval, el, icon, loadTexts, setCookie, t, tell, within } from "./dom.js";

let pop;

/** The menu of one conversation: rename, export, delete. */
export function manage(opener) {
  closeMenu();
  const row = opener.closest("[data-conversation]");
  const id = row.dataset.conversation;
  const title = row.querySelector("a").textContent;
  const item = (name, label, act, kind = "") => el("button", { type: "button", role: "menuitem", class: kind, onclick: () => { closeMenu(); act(); } }, icon(name), el("span", {}, label));
  pop = el("div", { class: "pop", role: "menu", "aria-label": t("manage", { title }) },
    item("edit", t("rename"), () => rename(id, title, opener)),
    item("download", t("export"), () => { location.href = within(`api/conversations/${id}.md`); }),
    item("trash", t("delete"), () => remove(id, title, opener), "risky"));
  document.body.append(pop);
  const place = opener.getBoundingClientRect();
  pop.style.left = `${Math.min(place.left, innerWidth - pop.offsetWidth - 8)}px`;
  pop.style.top = `${Math.min(place.bottom + 4, innerHeight - pop.offsetHeight - 8)}px`;
  opener.setAttribute("aria-expanded", "true");
  pop.opener = opener;
  const items = [...pop.children];
  items[0].focus();
  pop.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    if (step || event.key === "Tab") event.preventDefault();
  });
}

export function closeMenu() {
  if (!pop) return false;
  pop.opener.setAttribute("aria-expanded", "false");
  if (pop.contains(document.activeElement)) pop.opener.focus();
  pop.remove();
  pop = undefined;
  return true;
}

async function rename(id, title, opener) {
  const named = await ask(t("rename"), (close) => {
    const field = el("input", { class: "field", value: title, maxlength: "80", "aria-label": t("title"),
      onkeydown: (event) => { if (event.key === "Enter" && !event.isComposing) close(field.value); } });
    queueMicrotask(() => field.select());
    return [field, el("div", { class: "end" }, button("secondary", null, t("cancel"), () => close()), button("primary", null, t("save"), () => close(field.value)))];
  });
  if (named?.trim() && named !== title) tell("edit", { id, title: named });
  opener.focus();
}

async function remove(id, title, opener) {
  if (await confirmRemoval(t("delete_title"), t("delete_text", { title }), t("delete"))) {
    if (opener.closest("li")?.querySelector("[aria-current]")) document.dispatchEvent(new CustomEvent("malmoi-left"));
    tell("delete", { id });
    announce(t("deleted", { title }), true);
  } else opener.focus();
}

export function openMenu(open) {
  document.body.classList.toggle("menu-open", open);
  document.querySelector("[data-action=menu]")?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#mm-sidebar .new")?.focus();
}

/** "light" or "dark" for Gradio's own parts, which know no "auto". */
export function followTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", dark);
}

export function setTheme(value) {
  setCookie("malmoi_theme", value);
  document.documentElement.dataset.theme = value;
  for (const choice of document.querySelectorAll("[data-action=theme]")) choice.setAttribute("aria-pressed", String(choice.dataset.value === value));
  followTheme();
}

export async function setLanguage(value) {
  setCookie("malmoi_language", value);
  document.documentElement.lang = value;
  await loadTexts(value);
  tell("apply", {});
}

export async function signOut() {
  const done = await fetch("sign-out", { method: "POST", redirect: "manual" });
  if (done.type === "opaqueredirect" || done.ok) location.href = "sign-in";
}
