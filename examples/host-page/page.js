// Steers the chat from the page, and lists its events. They never carry what was asked or answered.
const chat = document.querySelector("malmoi-chat");
const list = document.getElementById("events");
for (const name of ["ready", "open", "close", "message", "citation", "error", "tokenexpired"]) {
  chat.addEventListener(name, ({ detail }) => {
    const line = document.createElement("li");
    line.textContent = detail ? `${name} ${JSON.stringify(detail)}` : name;
    list.append(line);
  });
}
document.getElementById("ask").addEventListener("click", (event) => chat.send(event.target.textContent));
document.getElementById("new").addEventListener("click", () => chat.newChat());
