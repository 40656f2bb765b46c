// Small helpers: everything is built with createElement and textContent, never from strings of HTML.

let texts = {};

export async function loadTexts(language) {
  const reply = await fetch(`api/texts/${language}`);
  if (reply.ok) texts = await reply.json();
}

/** The text under `chat.KEY`, with {name} fields filled. */
export function t(key, values = {}) {
  const found = texts[`chat.${key}`] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** An element; properties are set as attributes, `on…` as listeners, true as an empty attribute. */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `ui/icons.svg#${name}`);
  picture.append(use);
  return picture;
}

export function button(kind, iconName, label, onclick) {
  return el("button", { type: "button", class: kind, onclick }, iconName && icon(iconName), el("span", {}, label));
}

const collection = new URLSearchParams(location.search).get("collection");

/** An address of ours within the collection that the page's own address names. */
export function within(path) {
  if (!collection) return path;
  const [address, place] = path.split("#");
  return `${address}${address.includes("?") ? "&" : "?"}collection=${encodeURIComponent(collection)}${place ? `#${place}` : ""}`;
}

/** Our API's JSON; a failure is thrown as an Error with its problem and remedy. */
export async function api(path, options) {
  let reply;
  try {
    reply = await fetch(within(path), options);
  } catch {
    throw new Error(t("unreachable"));
  }
  if (reply.ok) return reply.json();
  const { error } = await reply.json().catch(() => ({}));
  throw new Error(error ? [error.problem, error.remedy].filter(Boolean).join(". ") : t("unreachable"));
}

/** Ask Python for something, through Gradio. */
export function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`malmoi:${name}`, { detail }));
}

let live, toast;

/** Say a thing once to those who listen; `visibly` also shows it for a moment. */
export function announce(message, visibly = false) {
  if (!live) {
    live = el("div", { class: "hidden", id: "announcements", role: "status", "aria-live": "polite" });
    toast = el("div", { class: "toast", "aria-hidden": "true" });
    document.body.append(live, toast);
  }
  live.textContent = message;
  if (!visibly) return;
  toast.textContent = message;
  setTimeout(() => { if (toast.textContent === message) toast.textContent = ""; }, 2500);
}

export function setCookie(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

/** A modal dialog; resolves to what `close(value)` was given, undefined when it was dismissed. */
export function ask(title, build) {
  return new Promise((resolve) => {
    let result;
    const box = el("dialog", { "aria-label": title });
    const close = (value) => { result = value; box.close(); };
    box.append(el("h2", {}, title), ...build(close, box));
    box.addEventListener("close", () => { box.remove(); resolve(result); });
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    document.body.append(box);
    box.showModal();
  });
}

export function confirmRemoval(title, explanation, action) {
  return ask(title, (close) => [
    el("p", {}, explanation),
    el("div", { class: "end" },
      button("secondary", null, t("cancel"), () => close(false)),
      button("primary danger", "trash", action, () => close(true))),
  ]);
}
