// The page around the iframe: who may speak through it, what may be said, and in which form.

const SITE = document.body.dataset.site;
const WAIT_MS = 7000;
const VARIABLES = ["accent", "on-accent", "paper", "sheet", "ink", "line", "quote", "radius", "font"];
const HARMLESS = /^[\w#%.,()/\s+*'"-]{1,200}$/;
const LOADS = /\b(url|src|image|image-set|cross-fade|element|paint|attr|expression)\s*\(/i;

const text = (most) => (v) => typeof v === "string" && v.length <= most;
const flag = (v) => typeof v === "boolean";
const whole = (form) => (v) => v !== null && typeof v === "object" && fits(v, form);
const LOOK = {
  scheme: (v) => v === "light" || v === "dark",
  theme: (v) => v !== null && typeof v === "object" && Object.entries(v).every(([name, value]) => VARIABLES.includes(name) && text(200)(value)),
  covers: flag,
  greeting: text(500),
  suggestions: (v) => Array.isArray(v) && v.length <= 6 && v.every(text(200)),
};
const FORMS = {
  connect: { collection: text(80), thread: text(200), token: flag, look: whole(LOOK) },
  token: { id: Number.isInteger, token: text(8192) },
  look: { look: whole(LOOK) },
  ask: { text: text(4000) },
  new: {},
  opened: {},
  closed: {},
};

/** Whether an object has these members, each as it must be, and no other. */
function fits(value, form) {
  return Object.keys(value).every((k) => Object.hasOwn(form, k)) && Object.entries(form).every(([k, test]) => test(value[k]));
}

function wellFormed(message) {
  if (message?.malmoi !== 1 || !Object.hasOwn(FORMS, message.type)) return false;
  const { malmoi, type, ...rest } = message;
  return fits(rest, FORMS[type]);
}

export class Bridge {
  #port; #asked = new Map(); #count = 0; #hear;
  site = SITE;

  /** @param hear is called with each message of the page's, `connect` first. */
  constructor(hear) {
    this.#hear = hear;
    addEventListener("message", (event) => this.#meet(event));
    const around = location.ancestorOrigins?.[0];
    if (parent !== window && (around === undefined || around === SITE)) parent.postMessage({ malmoi: 1, type: "hello" }, SITE);
  }

  #meet(event) {
    if (this.#port || event.source !== parent || event.origin !== SITE) return;
    if (event.ports.length !== 1 || !wellFormed(event.data) || event.data.type !== "connect") return;
    this.#port = event.ports[0];
    this.#port.onmessage = ({ data }) => {
      if (!wellFormed(data) || data.type === "connect") return;
      if (data.type === "token") this.#asked.get(data.id)?.(data.token);
      else this.#hear(data);
    };
    this.#hear(event.data);
  }

  tell(type, members = {}) { this.#port?.postMessage({ malmoi: 1, type, ...members }); }

  /** An event for the page's scripts; it never carries what was said. */
  emit(name, detail = null) { this.tell("event", { name, detail }); }

  /** A fresh token of the site's server; "" where the page has none within some seconds. */
  token() {
    const id = ++this.#count;
    return new Promise((resolve) => {
      const done = (token) => { this.#asked.delete(id); resolve(token); };
      this.#asked.set(id, done);
      setTimeout(() => done(""), WAIT_MS);
      this.tell("token", { id });
    });
  }
}

/** Set theme variables; a value that is no plain colour, length or font is left out. */
export function dress(theme) {
  for (const [name, value] of Object.entries(theme)) {
    const bare = name.replace(/^--/, "");
    if (VARIABLES.includes(bare) && HARMLESS.test(value) && !LOADS.test(value)) document.documentElement.style.setProperty(`--${bare}`, value);
  }
}
