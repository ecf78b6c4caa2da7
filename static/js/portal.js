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

  // --- Theme: switch at once, tell the server for the next page ---

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

  document.querySelectorAll("form").forEach(showNeeded);
  focusFirstAlert(document);
})();
