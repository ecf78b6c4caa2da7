// What pages do beyond links and forms. Everything here is a help: each page works without it.
"use strict";

(() => {
  const words = document.body.dataset;

  // --- Toasts: only for what failed on the way; what the server says is already on the page ---

  function toast(text) {
    const made = document.getElementById("toast").content.cloneNode(true);
    made.querySelector("p").textContent = text;
    const toasts = document.getElementById("toasts");
    toasts.querySelectorAll("[data-passing]").forEach((old) => old.remove());
    made.firstElementChild.dataset.passing = "";
    toasts.append(made);
  }

  document.addEventListener("click", (event) => {
    event.target.closest("[data-close]")?.closest(".pd-toast").remove();
  });

  document.addEventListener("htmx:sendError", () => toast(words.offline));
  document.addEventListener("htmx:timeout", () => toast(words.offline));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    // Signed out meanwhile: sign in and come back to this page.
    if (answer.status === 401) location.reload();
    else toast(words.failed);
  });

  // A sign-in page must never be swapped into a part of this one: go there as a whole page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 200 && /^\s*<!doctype/i.test(answer.responseText)) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  // Fields left empty do not belong in an address that people keep and send.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    const given = event.detail.parameters;
    Object.keys(given).forEach((name) => given[name] === "" && delete given[name]);
  });

  // --- Menus close on Esc, on a click outside and when the focus leaves them ---

  function closeMenus(except) {
    document.querySelectorAll("details.pd-menu[open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.pd-menu")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.pd-menu")));

  // --- Keys ---

  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details.pd-menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
    }
    const alone = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (event.key === "/" && alone && !isTyping(event.target)) {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  // What a form begins with is typed over, and not put before.
  const first = document.querySelector("main input[autofocus]");
  if (first?.value) first.select();

  // "?" opens the overview of the keys, and "g" with a letter soon after it follows the link of that letter there.
  const overview = document.getElementById("keys");
  let goesUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (!overview || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const link = event.timeStamp < goesUntil && overview.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    goesUntil = event.key === "g" && !link ? event.timeStamp + 1500 : 0;
    if (link) {
      event.preventDefault();
      location.assign(link.href);
    } else if (event.key === "?" && !overview.open) {
      event.preventDefault();
      overview.showModal();
    }
  });
  document.querySelectorAll("[data-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      closeMenus();
      overview.showModal();
    });
  });

  // In a search the arrow keys go from the box to the hits and back; Esc leaves them.
  document.addEventListener("keydown", (event) => {
    const finder = event.target.closest?.("[data-finder]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!finder || event.isComposing || !(step || event.key === "Escape")) return;
    const stops = [finder.querySelector("input[type=search]"), ...finder.querySelectorAll(".pd-hits a, .pd-found a")];
    const place = stops.indexOf(event.target);
    if (place < 0) return;
    const next = step ? stops[place + step] : stops[0];
    // Esc in the box first closes the suggestions, and only then empties it.
    const open = place || finder.querySelector(".pd-suggest")?.childElementCount;
    if (!next || !(step || open)) return;
    event.preventDefault();
    if (!step) finder.querySelector(".pd-suggest")?.replaceChildren();
    next.focus();
  });

  // --- Theme: switch at once, tell the server for the next page; the system's holds until then ---

  if (document.documentElement.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches) {
    document.querySelectorAll("[data-theme-switch] button").forEach((button) => {
      button.value = "light";
      button.setAttribute("aria-pressed", "true");
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("themeSwitch" in form.dataset)) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const theme = button.value;
    document.documentElement.dataset.theme = theme;
    button.value = theme === "dark" ? "light" : "dark";
    button.setAttribute("aria-pressed", String(theme === "dark"));
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).then(
      (answer) => answer.ok || toast(words.failed),
      () => toast(words.offline),
    );
  });

  // --- A button that orders something is pressed once; the promise against doubles is the server's ---

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !("busy" in button.dataset) || event.defaultPrevented) return;
    // After this turn, so that the button's own name and value still go with the form.
    setTimeout(() => {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.busy || words.queuing;
      button.setAttribute("aria-busy", "true");
      button.disabled = true;
    });
  });

  function release(root) {
    root.querySelectorAll("[data-busy][aria-busy]").forEach((button) => {
      button.textContent = button.dataset.label;
      button.removeAttribute("aria-busy");
      button.disabled = false;
    });
  }

  window.addEventListener("pageshow", (event) => event.persisted && release(document));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.successful || release(document));

  // --- What was typed before: a press fills the field, it does not send it. The list of the browser gives way. ---

  function offerFills(root) {
    root.querySelectorAll("[data-fills][hidden]").forEach((fills) => {
      document.getElementById(fills.dataset.fills)?.removeAttribute("list");
      fills.hidden = false;
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fills] button");
    if (!button) return;
    const field = document.getElementById(button.parentElement.dataset.fills);
    field.value = button.dataset.value;
    field.focus();
  });

  // --- Selecting rows of a list: the bar says how many; the box in the head selects the page ---

  function boxes() {
    return [...document.querySelectorAll("td.pick input:not([disabled])")];
  }

  function countSelected() {
    const bar = document.getElementById("pick");
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    const { one, many, none } = bar.dataset;
    bar.querySelector("p").textContent = count ? (count === 1 ? one : many).replace("{n}", count) : none;
    const head = document.querySelector("[data-pick-page]");
    head.checked = count > 0 && count === all.length;
    head.indeterminate = count > 0 && count < all.length;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-page]")) boxes().forEach((box) => (box.checked = event.target.checked));
    if (event.target.matches("[data-pick-page], td.pick input")) countSelected();
  });

  // --- Focus ---

  function focusFirstAlert(root) {
    root.querySelector("[role=alert][tabindex]")?.focus();
  }

  // A pager link names the part that gets the focus once the next page is there.
  document.addEventListener("htmx:afterSettle", (event) => {
    const source = event.detail.requestConfig?.elt;
    const to = source?.dataset?.focus;
    if (to) {
      const part = document.getElementById(to);
      part.setAttribute("tabindex", "-1");
      part.focus({ preventScroll: true });
      part.scrollIntoView({ block: "nearest" });
    } else {
      focusFirstAlert(event.detail.elt);
    }
    tick();
  });

  // --- Ages tick without speaking ---

  function ageInWords(seconds) {
    const minutes = Math.max(Math.floor(seconds / 60), 0);
    if (minutes === 0) return words.ageNow;
    if (minutes < 60) return words.ageMinutes.replace("{m}", minutes);
    const hours = Math.floor(minutes / 60);
    if (hours < 48) {
      return words.ageHours.replace("{h}", hours).replace("{m}", String(minutes % 60).padStart(2, "0"));
    }
    return words.ageDays.replace("{d}", Math.floor(hours / 24)).replace("{h}", hours % 24);
  }

  function tick() {
    document.querySelectorAll("time.pd-age").forEach((time) => {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const said = ageInWords(seconds);
      if (time.textContent !== said) time.textContent = said;
      if (seconds > Number(time.dataset.bound)) time.closest(".pd-fresh")?.classList.add("is-past");
    });
  }

  setInterval(tick, 30_000);

  // --- Copy, print; fields that only some plans have ---

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => (copy.title = words.copied));
    if (event.target.closest("[data-print]")) window.print();
  });

  // <div data-needs="plan" data-values="A B"> is shown only while the field named plan is shown and holds A or B.
  function showNeeded(form) {
    form.querySelectorAll("[data-needs]").forEach((part) => {
      const field = form.elements.namedItem(part.dataset.needs);
      const isAway = (field instanceof RadioNodeList ? field[0] : field)?.disabled;
      part.hidden = isAway || !part.dataset.values.split(" ").includes(field?.value ?? "");
      part.querySelectorAll("input, select, textarea").forEach((inner) => (inner.disabled = part.hidden));
    });
  }

  document.addEventListener("change", (event) => event.target.form && showNeeded(event.target.form));

  // --- A password that only this page and whoever copies it know: <div data-generate="id of the field"> ---

  const SIGNS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

  function madeUp() {
    const numbers = crypto.getRandomValues(new Uint32Array(16));
    const text = Array.from(numbers, (number) => SIGNS[number % SIGNS.length]).join("");
    // LINE WORKS wants letters and digits, and not three of a row or the same.
    const codes = Array.from(text, (sign) => sign.charCodeAt(0));
    const isPlain = codes.some((code, place) => {
      const [first, second] = [codes[place + 1] - code, codes[place + 2] - codes[place + 1]];
      return first === second && Math.abs(first) <= 1;
    });
    return isPlain || !/\d/.test(text) || !/[a-z]/i.test(text) ? madeUp() : text;
  }

  document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-generate] > button")?.parentElement;
    if (!part) return;
    const field = document.getElementById(part.dataset.generate);
    field.value = madeUp();
    field.type = "text";
    part.querySelector("[data-copy]").dataset.copy = field.value;
    part.querySelector("p").hidden = false;
  });

  function prepareForms(root) {
    root.querySelectorAll("form").forEach(showNeeded);
    root.querySelectorAll("[data-generate]").forEach((part) => (part.hidden = false));
  }

  document.addEventListener("htmx:afterSettle", (event) => prepareForms(event.detail.elt));
  prepareForms(document);
  offerFills(document);
  focusFirstAlert(document);
})();
