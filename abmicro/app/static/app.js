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
  if (here && there && here.innerHTML !== there.innerHTML && !here.contains(document.activeElement)) {
    const open = here.querySelector("details")?.open;
    here.replaceChildren(...there.cloneNode(true).childNodes);
    if (open) here.querySelector("details")?.setAttribute("open", "");
    dress(here);
  }
}

// The policy of the page allows no attribute of style; a script of ours may say how wide a picture is.
function dress(within) {
  for (const one of within.querySelectorAll("[data-style]")) one.style.cssText = one.dataset.style;
}

// The other way to say the same, the paste or the table, follows what was typed; never the field
// that is being typed into. A table of another shape stays as it is, and with it what says that it
// belongs to the paste, so that no column is lost.
function keep(form, page) {
  const cells = (within) => [...within.querySelectorAll("[name^=cell-]")].map((one) => one.name).join();
  const alike = cells(form) === cells(page);
  for (const there of page.querySelectorAll("input[name], textarea[name], select[name]")) {
    const here = form.elements.namedItem(there.name);
    if (!alike && (there.name === "was" || there.name.startsWith("cell-"))) continue;
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

// A slider for each number: shown only where this script can keep the two alike.
for (const slider of document.querySelectorAll("[type=range][data-of]")) {
  const number = document.getElementById(slider.dataset.of);
  slider.hidden = false;
  slider.addEventListener("input", () => { number.value = slider.value; });
  number.addEventListener("input", () => { slider.value = number.value.replace(",", ""); });
}

// A file that is too large is not sent at all.
for (const form of document.querySelectorAll("form[data-most]")) {
  form.addEventListener("submit", (event) => {
    const file = form.elements.upload.files[0], status = form.querySelector("[role=status]");
    if (file && file.size > form.dataset.most * 1e6) {
      event.preventDefault();
      status.textContent = `This file is larger than ${form.dataset.most} MB. Leave out columns you do not need.`;
    } else {
      status.textContent = "Sending it to abmicro on this computer …";
    }
  });
}

// Lines that can be dragged: by a handle that only this script can move. The buttons beside it do
// the same by keyboard, by touch and for whoever hears the page.
function draggable(table) {
  const body = table.tBodies[0], order = table.closest("form").elements.namedItem(table.dataset.order);
  let dragged = null;
  for (const row of body.rows) {
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.draggable = true;
    handle.textContent = "⠿";
    handle.title = "Drag to another place";
    handle.setAttribute("aria-hidden", "true");
    row.querySelector(".row:has([name=do])")?.prepend(handle);
    handle.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.row);
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    handle.addEventListener("dragend", () => { dragged?.classList.remove("dragged"); dragged = null; });
  }
  body.addEventListener("dragover", (event) => {
    const row = event.target.closest("tr");
    if (!dragged || !row) return;
    event.preventDefault();
    const middle = row.getBoundingClientRect().top + row.offsetHeight / 2;
    body.insertBefore(dragged, event.clientY < middle ? row : row.nextSibling);
  });
  body.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    order.value = [...body.rows].map((row) => row.dataset.row).join();
    order.form.requestSubmit(document.getElementById("keep"));
  });
}

// A picture into the clipboard, for a slide; a browser that cannot do that has no such button.
function picture(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      const image = fetch(button.dataset.picture).then((answer) => answer.blob());
      await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not possible here";
    }
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}

dress(document);
for (const table of document.querySelectorAll("[data-order]")) draggable(table);
if (window.ClipboardItem) for (const button of document.querySelectorAll("[data-picture]")) picture(button);
for (const form of document.querySelectorAll("form[data-live]")) live(form);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button && !button.dataset.ready) { button.dataset.ready = "1"; copy(button); button.click(); }
});
