"use strict";
// The pages work without this script. It keeps them up to date in place, asks before an action without
// leaving the page, follows logs, and listens to keys.
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Ages -------------------------------------------------------------------------------------------
  const skew = Number($("main").dataset.now) - Date.now();
  const spell = (seconds) => {
    if (seconds < 60) return Math.floor(seconds) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    if (seconds < 86400) return Math.floor(seconds / 3600) + " h";
    return Math.floor(seconds / 86400) + " d";
  };
  const ages = (within = document) => all("[data-f]", within).forEach((e) => {
    const seconds = (Date.now() + skew - Date.parse(e.dataset.t || e.getAttribute("datetime"))) / 1000;
    const text = spell(Math.max(0, e.dataset.f === "in" ? -seconds : seconds));
    const said = { ago: text + " ago", for: text, in: seconds > 0 ? "now" : "in " + text }[e.dataset.f];
    if (e.textContent !== said) e.textContent = said;
  });

  // Changes in place -------------------------------------------------------------------------------
  // morph makes an element like another one, and touches nothing that is equal: focus, selection and
  // what is unfolded stay.
  const keep = ["open", "data-mine"];
  const key = (node) => node.nodeType === 1 ? node.id || node.dataset.key : "";
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);
  const morph = (old, next) => {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
      return;
    }
    if (old.hasAttribute("data-mine")) return;
    for (const { name, value } of [...next.attributes]) if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && !keep.includes(name) && name !== "class") old.removeAttribute(name);
    if (old.dataset.f) return;
    const keyed = new Map([...old.childNodes].filter(key).map((n) => [key(n), n]));
    let at = old.firstChild;
    for (const wanted of [...next.childNodes]) {
      const same = keyed.get(key(wanted));
      if (same && same !== at && same.nodeName === wanted.nodeName) {
        old.insertBefore(same, at);
        at = same;
      }
      if (at && alike(at, wanted)) {
        morph(at, wanted);
        at = at.nextSibling;
      } else {
        old.insertBefore(wanted, at);
      }
    }
    while (at) {
      const rest = at.nextSibling;
      at.remove();
      at = rest;
    }
  };

  const lost = $("#lost");
  let stream, since;
  const place = (message) => {
    const { section, html } = JSON.parse(message.data);
    const old = document.getElementById("s-" + section);
    if (!old) return;
    const next = old.cloneNode(false);
    next.innerHTML = html;
    morph(old, next);
    ages(old);
    mark();
  };
  const listen = () => {
    if (stream || !$("main").dataset.live) return;
    stream = new EventSource($("main").dataset.live);
    stream.addEventListener("section", place);
    stream.onopen = () => { since = undefined; lost.hidden = true; document.body.dataset.stream = "open"; };
    stream.onerror = () => {
      since = since || new Date();
      document.body.dataset.stream = "lost";
      lost.textContent = "The agent has not answered since " + since.toLocaleTimeString() + ". What you see is from then; it is asked again.";
      lost.hidden = false;
      if (stream && stream.readyState === EventSource.CLOSED) { // it does not try again by itself
        stream = undefined;
        fetch(location.href, { redirect: "manual" }).then((a) => { if (a.type === "opaqueredirect") location.reload(); }, () => {}); // to log in
        setTimeout(listen, 3000);
      }
    };
  };
  const hush = () => { if (stream) stream.close(); stream = undefined; };
  // A browser has few connections to a host: a page that nobody sees needs none.
  document.addEventListener("visibilitychange", () => document.hidden ? hush() : listen());
  addEventListener("pagehide", hush);
  addEventListener("pageshow", listen);

  // Actions ask once -------------------------------------------------------------------------------
  const dialog = $("#ask");
  const show = (content) => {
    dialog.replaceChildren(...content);
    dialog.showModal();
  };
  const ask = async (link) => {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = $("#confirm", page);
    if (!form) { location = link.href; return; }
    show([form]);
    const back = $("a.back", dialog);
    if (back) back.addEventListener("click", (e) => { e.preventDefault(); dialog.close(); });
    remember(dialog);
    ($("[autofocus]", dialog) || $("button", dialog)).focus();
  };
  // remember fills in how somebody called themselves in this browser the last time.
  const remember = (within) => all("input[name=by]", within).forEach((field) => {
    try {
      field.value = field.value || localStorage.getItem("by") || "";
      field.form.addEventListener("submit", () => localStorage.setItem("by", field.value));
    } catch { /* a browser without a store: it is asked each time */ }
  });
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[data-ask]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    ask(link);
  });
  document.addEventListener("change", (e) => { if (e.target.matches("[data-submit]")) e.target.form.requestSubmit(); });

  // Keys -------------------------------------------------------------------------------------------
  const pages = { n: "/ui/", a: "/ui/arrivals", r: "/ui/runs", f: "/ui/flows", e: "/ui/executors", w: "/ui/network", j: "/ui/audit" };
  let chosen = -1, chosenKey, going = 0;
  const rows = () => all("main [data-open]").filter((row) => row.offsetParent);
  const mark = () => {
    const there = rows();
    there.forEach((row) => row.classList.toggle("chosen", row.dataset.key === chosenKey && chosenKey !== undefined));
  };
  const choose = (by) => {
    const there = rows();
    if (!there.length) return;
    const now = there.findIndex((row) => row.dataset.key === chosenKey);
    chosen = Math.min(there.length - 1, Math.max(0, (now < 0 && by < 0 ? 0 : now) + by));
    chosenKey = there[chosen].dataset.key;
    mark();
    there[chosen].scrollIntoView({ block: "nearest" });
    const link = $("a", there[chosen]);
    if (link) link.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || dialog.open || e.target.matches("input, select, textarea")) {
      if (e.key === "Escape" && e.target.matches(".search")) e.target.blur();
      return;
    }
    const went = Date.now() - going < 1500;
    going = 0;
    if (went && pages[e.key]) { e.preventDefault(); location = pages[e.key]; return; }
    if (e.key === "g") going = Date.now();
    else if (e.key === "/") { e.preventDefault(); $(".search").focus(); }
    else if (e.key === "j") choose(1);
    else if (e.key === "k") choose(-1);
    else if (e.key === "Enter" && chosenKey !== undefined && e.target === document.body) {
      const row = rows().find((row) => row.dataset.key === chosenKey);
      if (row) location = row.dataset.open;
    } else if (e.key === "?") show([...$("#keys").content.cloneNode(true).children]);
  });

  // Logs -------------------------------------------------------------------------------------------
  const most = 5000; // lines that are kept on the page
  const log = $("#log");
  if (log) {
    const box = $("#loglines"), follow = $("#logfollow"), only = $("#logfilter"), streams = $("#logstream"), count = $("#logcount");
    log.hidden = false;
    const fits = (line) => (!only.value || line.textContent.toLowerCase().includes(only.value.toLowerCase())) &&
      (!streams.value || line.classList.contains(streams.value));
    const sift = () => {
      let shown = 0;
      for (const line of box.children) { line.hidden = !fits(line); shown += !line.hidden; }
      count.textContent = shown + " of " + box.children.length + " lines";
    };
    const part = (kind, text) => {
      const span = document.createElement("span");
      span.className = kind;
      span.textContent = text;
      return span;
    };
    let source, waiting;
    const add = (message) => {
      for (const { t, k, s, x } of JSON.parse(message.data)) {
        const line = document.createElement("div");
        line.className = s;
        line.append(part("t", t), part("k", k), part("x", x));
        box.append(line);
      }
      while (box.children.length > most) box.firstChild.remove();
      clearTimeout(waiting);
      waiting = setTimeout(() => { sift(); if (follow.checked) box.scrollTop = box.scrollHeight; }, 50);
    };
    const close = () => { if (source) source.close(); source = undefined; };
    const open = () => {
      close();
      box.replaceChildren();
      source = new EventSource(log.dataset.follow);
      source.addEventListener("lines", add);
      source.addEventListener("end", close);
    };
    only.addEventListener("input", sift);
    streams.addEventListener("change", sift);
    addEventListener("pagehide", close);
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else if (follow.checked) open(); });
    follow.addEventListener("change", () => follow.checked ? open() : close());
    open();
  }

  // Files for the tester ---------------------------------------------------------------------------
  const drop = $(".drop");
  if (drop) {
    const field = $("input[type=file]", drop);
    const over = (on) => (e) => { e.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (e) => { over(false)(e); field.files = e.dataTransfer.files; field.form.requestSubmit(); });
    field.addEventListener("change", () => { if (field.files.length) field.form.requestSubmit(); });
  }

  // Pictures ---------------------------------------------------------------------------------------
  // One is asked for at a time: a slider asks for the newest place when the last picture is there.
  const draw = (image, source) => {
    image.dataset.next = source;
    if (image.onload) return;
    image.onload = image.onerror = () => {
      image.onload = image.onerror = null;
      if (image.dataset.next !== source) draw(image, image.dataset.next);
    };
    image.loading = "eager";
    image.src = source;
  };
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form || !form.dataset.at || target.name === "series") return;
    const image = $("img", form), asked = new URLSearchParams(new FormData(form)), { slice, of } = form.elements;
    $("output", form).textContent = slice.value + " of " + slice.max;
    history.replaceState(null, "", location.pathname + "?" + asked + "#pictures");
    if (!image) return;
    image.alt = "Slice " + slice.value + " of " + slice.max + " of series " + of.value;
    for (const name of ["of", "series", "slice"]) asked.delete(name);
    draw(image, form.dataset.at + "/" + of.value + "/" + slice.value + "?" + asked);
  });
  document.addEventListener("click", (e) => {
    const link = e.target.closest("#pictures a[rel]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const slice = $("#pictures [name=slice]");
    slice.value = Number(slice.value) + (link.rel === "next" ? 1 : -1);
    slice.dispatchEvent(new Event("input", { bubbles: true }));
  });

  remember(document);
  ages();
  setInterval(ages, 1000);
  if (!document.hidden) listen();
})();
