// The operator's pages work without this: it switches language and theme, copies, and shows the widget as it will be.
const root = new URL("..", import.meta.url).pathname;

for (const button of document.querySelectorAll("[data-set]")) {
  button.addEventListener("click", () => {
    document.cookie = `${button.dataset.set}=${button.dataset.value}; path=${root}; max-age=31536000; samesite=lax`;
    location.replace(location.href.split("#")[0]);
  });
}

document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

for (const form of document.querySelectorAll("form[data-pick]")) {
  form.querySelector("button").hidden = true;
  form.querySelector("select").addEventListener("change", () => form.requestSubmit());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(source);
    }
  });
}

const preview = document.querySelector("[data-preview]");
if (preview) {
  const widget = document.getElementById("preview");
  const snippet = document.getElementById("snippet");
  const plain = snippet.textContent;
  const show = () => {
    const style = [];
    for (const input of preview.querySelectorAll("input[name^='--']")) {
      const name = input.name.replace("--", "--malmoi-");
      widget.style.setProperty(name, input.value);
      if (input.value && input.value !== input.defaultValue) style.push(`${name}: ${input.value}`);
    }
    const given = [];
    for (const name of ["greeting", "scheme", "position"]) {
      const control = preview.elements[name];
      const first = control.tagName === "SELECT" ? control.options[0].value : control.defaultValue;
      if (control.value && control.value !== first) {
        widget.setAttribute(name, control.value);
        given.push(`${name}="${control.value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`);
      } else widget.removeAttribute(name);
    }
    const more = [...given, ...(style.length ? [`style="${style.join("; ").replaceAll('"', "&quot;")}"`] : [])];
    snippet.textContent = more.length ? plain.replace("></malmoi-chat>", ` ${more.join(" ")}></malmoi-chat>`) : plain;
  };
  preview.addEventListener("input", show);
  preview.addEventListener("submit", (event) => event.preventDefault());
  show();
}
