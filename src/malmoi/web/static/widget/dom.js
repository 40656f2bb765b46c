// Elements are built with createElement and text nodes only: no text of a document, a model or a page is read as HTML.

const texts = JSON.parse(document.getElementById("texts").textContent);
export const language = document.documentElement.lang;

/** The text under a key, with {name} fields filled. */
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
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

const PATHS = {
  close: "M6 6l12 12M18 6 6 18",
  new: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  back: "M15 5l-7 7 7 7",
};

export function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  picture.append(path);
  return picture;
}

/** A button with a picture, whose label is read and shown as a hint. */
export function tool(name, label, onclick, more = {}) {
  return el("button", { type: "button", class: `tool ${name}`, "aria-label": label, title: label, onclick, ...more }, icon(name));
}

let status;

/** Say a thing once to those who listen. */
export function announce(message) {
  if (!status) {
    status = el("div", { class: "hidden", role: "status", "aria-live": "polite", id: "status" });
    document.body.append(status);
  }
  status.textContent = message;
}
