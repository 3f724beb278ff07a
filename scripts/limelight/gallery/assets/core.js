// What all pages share: data that arrives by scripts, elements, places in the address, theme, tables that sort, keys.
// A page opened from disk may not fetch files, so each datum is a script that hands its value to `limelight.take`.
// Names are data: text reaches the page only as text nodes and attributes, never as markup.
"use strict";

const limelight = (() => {
  // --- data -------------------------------------------------------------------------------------------------------

  const awaited = new Map();

  function slot(name) {
    if (!awaited.has(name)) {
      const made = {};
      made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
      awaited.set(name, made);
    }
    return awaited.get(name);
  }

  function take(name, value) {
    slot(name).resolve(value);
  }

  /** The address of a file of the gallery, from parts of its path that may hold any character. */
  const path = (...parts) => parts.join("/").split("/").map(encodeURIComponent).join("/");

  /** The value that the script of that name hands over. */
  function need(name) {
    const entry = slot(name);
    if (!entry.asked && name !== "data/index.js") {
      entry.asked = true;
      const script = document.createElement("script");
      script.src = path(name);
      script.onerror = () => entry.reject(new Error(`${name} is missing`));
      document.head.append(script);
    }
    return entry.promise;
  }

  // --- elements ---------------------------------------------------------------------------------------------------

  /** An element: attributes as text, `on...` as listeners, `style` as properties, children as nodes or text. */
  function element(make, tag, attributes, children) {
    const node = make(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  const h = (tag, attributes, ...children) =>
    element((name) => document.createElement(name), tag, attributes, children);
  const s = (tag, attributes, ...children) =>
    element((name) => document.createElementNS("http://www.w3.org/2000/svg", name), tag, attributes, children);

  /** A name of a class or an image, in whatever script it is written. */
  const named = (text) => h("span", { dir: "auto" }, text);

  // --- numbers ----------------------------------------------------------------------------------------------------

  const number = (value, digits = 2) =>
    value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
  const signed = (value, digits = 3) => (value > 0 ? "+" : "") + number(value, digits);
  const percent = (value) =>
    value > 0 && value < 0.0005 ? "<0.1 %" : `${(100 * value).toFixed(value > 0.9995 ? 0 : 1)} %`;
  const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en").replaceAll(",", "\u2009")} ${count === 1 ? one : many}`;

  // --- places -----------------------------------------------------------------------------------------------------

  const where = () => new URLSearchParams(location.hash.slice(1));

  /** A page at a place; values that are empty are left out. */
  function link(page, place = {}) {
    const entries = Object.entries(place).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const query = entries.map((pair) => pair.map((part) => encodeURIComponent(part)).join("=")).join("&");
    return `${page}.html${query ? "#" + query : ""}`;
  }

  /** Keep a detail of the view in the address, without a step in the history. */
  function remember(changes) {
    const place = where();
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") place.delete(key);
      else place.set(key, value);
    }
    history.replaceState(history.state, "", "#" + place);
  }

  /** Draw the page now and whenever its address names another place. */
  function page(draw) {
    const app = document.getElementById("app");
    let latest = 0;
    async function show() {
      const run = ++latest;
      const current = () => run === latest;
      app.setAttribute("aria-busy", "true");
      try {
        const index = await need("data/index.js");
        await draw(app, study(index), where(), current);
      } catch (error) {
        if (current()) app.replaceChildren(h("p", { class: "lead" }, `Cannot be shown: ${error.message}.`));
      }
      if (current()) app.removeAttribute("aria-busy");
    }
    window.addEventListener("hashchange", show);
    document.addEventListener("DOMContentLoaded", show);
  }

  // --- the study --------------------------------------------------------------------------------------------------

  let known = null;

  /** The index with look-ups: images are numbers in the order of the index, classes too. */
  function study(index) {
    if (known) return known;
    const { images, models, classes, thumbnails } = index;
    const rows = new Map(images.id.map((id, row) => [id, row]));
    known = {
      ...index,
      size: images.id.length,
      row: (id) => rows.get(id) ?? -1,
      id: (row) => images.id[row],
      model: (name) => models.find((model) => model.name === name) ?? models[0],
      class: (number) => (number < 0 ? "" : classes[number]),
      label: (row) => (images.label[row] < 0 ? "" : classes[images.label[row]]),
      labelled: images.label.some((label) => label >= 0),
      thumbnail: (row) => path("thumbnails", thumbnails[images.bucket[row]], `${images.place[row]}.webp`),
      explained: (model, row) => model.bucket[row] >= 0,
      folder: (model, row) => `models/${model.name}/${model.buckets[model.bucket[row]]}`,
      exhibit: (model, row) =>
        need(`models/${model.name}/${model.buckets[model.bucket[row]]}/${model.place[row]}.js`),
      /** Right, wrong, or null where there is no label or no prediction. */
      right: (model, row) =>
        images.label[row] < 0 || model.predicted[row] < 0 ? null : images.label[row] === model.predicted[row],
      async predictions(model, row) {
        const chunk = await need(`data/${models.indexOf(model)}-${Math.floor(row / index.chunk)}.js`);
        const of = Object.entries(chunk.capabilities).map(([name, known]) => [name, known[images.id[row]] ?? null]);
        return { top: chunk.top[row % index.chunk], of: Object.fromEntries(of) };
      },
      /** Rows of the images that a place asks for: by label, predicted class, verdict and text. */
      select(place) {
        const model = known.model(place.get("model"));
        const label = place.get("label"), predicted = place.get("predicted"), show = place.get("show");
        const text = (place.get("q") ?? "").toLowerCase();
        const [labelIndex, predictedIndex] = [label, predicted].map((name) => (name === null ? null : classes.indexOf(name)));
        const matches = [];
        for (let row = 0; row < known.size; row++) {
          if (labelIndex !== null && images.label[row] !== labelIndex) continue;
          if (predictedIndex !== null && model.predicted[row] !== predictedIndex) continue;
          if (show === "right" && known.right(model, row) !== true) continue;
          if (show === "wrong" && known.right(model, row) !== false) continue;
          if (show === "explained" && !known.explained(model, row)) continue;
          if (text && !images.id[row].toLowerCase().includes(text)) continue;
          matches.push(row);
        }
        return matches;
      },
    };
    return known;
  }

  /** What of a place belongs to a list of images, to carry along from one image to the next. */
  const LIST = ["label", "predicted", "show", "q"];
  const listed = (place) => Object.fromEntries(LIST.map((key) => [key, place.get(key)]));

  // --- views of capabilities --------------------------------------------------------------------------------------

  const registered = new Map();

  /**
   * What the pages show of a capability, by functions that give nodes or nothing. All are optional:
   * `chapter(page)`: a part of the page of an image, of what `exhibit` of the capability gave, `page.data`;
   * `below(page)`: what stands below the maps of an image; `page.onmap(act)` calls `act` with each chosen method;
   * `compare(pages)`: two models side by side, each page with its `data`.
   * A page has `study`, `model`, `row`, `exhibit`, `folder` (of its pictures), `place` (the address), and `of`: what
   * `pages` of the capability says of the image.
   */
  function view(name, functions) {
    registered.set(name, functions);
  }

  /** The nodes of all capabilities that have such a function, in their order; `page` makes what it is given. */
  const render = (what, page) => [...registered].filter(([, functions]) => functions[what])
    .map(([name, functions]) => {
      const given = page(name);
      return given ? functions[what](given) : null;
    }).filter(Boolean);

  // --- commands ---------------------------------------------------------------------------------------------------

  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

  /** The command that makes some files of the study. */
  function command(index, ...targets) {
    const files = targets.map((target) => quoted(`${index.command.results}/${target}`));
    const config = index.command.configfiles.flatMap((file) => ["--configfile", quoted(file)]);
    return ["snakemake --cores all", ...files, ...config].join(" ");
  }

  // --- tables that sort -------------------------------------------------------------------------------------------

  function sortable(table) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      if (!cell.textContent.trim()) return;
      const button = h("button", { type: "button", class: "sort" });
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const down = cell.getAttribute("aria-sort") !== "descending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
        const rows = [...body.rows].sort((a, b) => {
          const [one, two] = [value(a), value(b)];
          if (one === "" || two === "") return (one === "") - (two === ""); // what is not known comes last
          const order = isNaN(one) || isNaN(two) ? one.localeCompare(two) : one - two;
          return down ? -order : order;
        });
        body.append(...rows);
      });
    });
  }

  // --- theme and keys ---------------------------------------------------------------------------------------------

  const dark = () =>
    (document.documentElement.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  function toggleTheme() {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("limelight-theme", theme);
    } catch {
      // Then the choice lasts as long as the page.
    }
  }

  const keys = new Map([
    ["t", { what: "light or dark", act: toggleTheme }],
    ["?", { what: "this list", act: () => help() }],
  ]);

  /** Let a key do something on this page; several names of a key may do the same. */
  function key(name, what, act) {
    keys.set(name, { what, act });
  }

  const GLYPHS = { ArrowLeft: "←", ArrowRight: "→" };

  function help() {
    const items = [...keys].map(([name, { what }]) => h("div", {}, h("dt", {}, h("kbd", {}, GLYPHS[name] ?? name)), h("dd", {}, what)));
    const close = h("button", { type: "button", class: "tool wide", onclick: () => dialog.close() }, "Close");
    const dialog = h("dialog", { "aria-label": "Keyboard shortcuts", onclose: () => dialog.remove() }, h("h2", {}, "Keys"), h("dl", { class: "keys" }, items), close);
    document.body.append(dialog);
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const at = event.target;
    const typing = at.matches?.("input:not([type=range]):not([type=checkbox]), select, textarea");
    const moving = at.matches?.("input[type=range], [role=tab]") && event.key.startsWith("Arrow");
    const asked = keys.get(event.key);
    if (asked && !typing && !moving) {
      event.preventDefault();
      asked.act();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const [id, act] of [["theme", toggleTheme], ["keys", help]]) {
      const button = document.getElementById(id);
      button.hidden = false;
      button.addEventListener("click", act);
    }
    // The part of the address behind `#` says what a page shows, so this link must not change it.
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    });
    document.querySelectorAll("table[data-sort]").forEach(sortable);
    // On a phone the pages' names are wider than the screen.
    const here = document.querySelector("nav [aria-current]");
    if (here) here.parentElement.scrollLeft = here.offsetLeft - 40;
  });

  return { take, need, path, h, s, named, number, signed, percent, plural, link, where, remember, page, listed, command, sortable, key, view, render };
})();
