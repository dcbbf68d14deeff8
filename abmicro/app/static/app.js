// Answers while one types. Every form works without this script, too.
"use strict";

const WAIT = 300;

function live(form) {
  const parts = form.dataset.live.split(" ");
  const status = form.querySelector("[role=status]");
  let timer, asked;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), signal: asked.signal, credentials: "same-origin",
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of parts) swap(id, page);
      keep(form, page);
      if (answer.redirected) history.replaceState(null, "", answer.url);
      if (status) status.textContent = "";
    } catch (error) {
      if (error.name !== "AbortError" && status) {
        status.textContent = "abmicro does not answer. Is its window still open? What you typed stays here.";
      }
    }
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
}

function swap(id, page) {
  const here = document.getElementById(id), there = page.getElementById(id);
  if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
}

// The other way to say the same, the paste or the table, follows what was typed; never the field
// that is being typed into.
function keep(form, page) {
  for (const there of page.querySelectorAll("input[name], textarea[name], select[name]")) {
    const here = form.elements.namedItem(there.name);
    if (here && here !== document.activeElement && here.type !== "file" && here.type !== "checkbox") {
      here.value = there.value;
    }
  }
}

function copy(button) {
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      button.textContent = "Press Ctrl-C to copy";
    }
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}

for (const form of document.querySelectorAll("form[data-live]")) live(form);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button && !button.dataset.ready) { button.dataset.ready = "1"; copy(button); button.click(); }
});
