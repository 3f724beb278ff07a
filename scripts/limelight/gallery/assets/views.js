// The parts that pages are made of: cards, sprites, and the views of one image that can stand side by side.
"use strict";

const views = (() => {
  const { h, named, number, percent, link, path } = limelight;

  const MARKS = { true: ["✓", "right"], false: ["✗", "wrong"], null: ["→", "plain"] };

  /** What a model says of an image in a line: a mark, the class, its probability. */
  function verdict(study, model, row) {
    const [mark, tone] = MARKS[study.right(model, row)];
    if (model.predicted[row] < 0) return h("span", { class: "verdict plain" }, "no prediction");
    const words = { right: "right: ", wrong: "wrong: ", plain: "" }[tone];
    return h("span", { class: `say ${tone}` },
      h("span", { "aria-hidden": "true" }, mark), h("span", { class: "hidden" }, words), " ",
      named(study.class(model.predicted[row])), " ", h("span", { class: "quiet" }, number(model.probability[row])));
  }

  /** A small photograph with what the model says, which leads to the image. */
  function card(study, model, row, place = {}) {
    return h("a", { class: "card", href: link("image", { model: model.name, ...place, image: study.id(row) }) },
      h("img", { src: study.thumbnail(row), alt: `photograph ${study.id(row)}`, loading: "lazy", decoding: "async", width: 160, height: 160 }),
      h("span", { class: "id", dir: "auto" }, study.id(row)), verdict(study, model, row));
  }

  const BATCH = 120;

  /** Cards of many images; more are made as the reader comes near the end. */
  function grid(study, model, rows, place = {}, at = 0) {
    const cards = h("div", { class: "grid" });
    const more = h("button", { type: "button", class: "tool wide more" });
    let made = 0;
    function grow(count) {
      cards.append(...rows.slice(made, made + count).map((row) => card(study, model, row, place)));
      made = Math.min(rows.length, made + count);
      more.hidden = made >= rows.length;
      more.textContent = `Show more of ${rows.length}`;
    }
    grow(Math.max(BATCH, at));
    more.addEventListener("click", () => grow(BATCH));
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && !more.hidden && grow(BATCH), { rootMargin: "800px" });
    watcher.observe(more);
    return { node: h("div", {}, cards, more), made: () => made };
  }

  /** One picture of a sprite, in the proportions of `ratio` (width over height), its own by default. */
  function tile(folder, sprite, number, alt, ratio = null) {
    const image = h("img", { src: path(folder, sprite.file), alt, loading: "lazy", decoding: "async" });
    const node = h("span", { class: "tile", style: { "aspect-ratio": ratio ?? sprite.width / sprite.height } }, image);
    const show = (place) => {
      image.style.width = `${100 * sprite.columns}%`;
      image.style.height = `${100 * sprite.rows}%`;
      image.style.left = `${-100 * (place % sprite.columns)}%`;
      image.style.top = `${-100 * Math.floor(place / sprite.columns)}%`;
    };
    show(number);
    if (Math.max(sprite.width, sprite.height) < 64) node.classList.add("coarse");
    return { node, show, image };
  }

  const ratioOf = (exhibit) => exhibit.photograph.width / exhibit.photograph.height;

  /** The attribution maps of an image, from all capabilities that have some: each with its sprite and place in it. */
  const mapsOf = (exhibit) => Object.values(exhibit?.exhibits ?? {}).filter((data) => data.maps)
    .flatMap(({ maps }) => maps.list.map((map, at) => ({ ...map, sprite: maps.sprite, at })));

  /** The photograph under an attribution map. `set({map, opacity, alone})` shows one of `mapsOf`, or none. */
  function stage(folder, exhibit, ramps) {
    const { photograph } = exhibit;
    const photo = h("img", { class: "photo", src: path(folder, photograph.file), alt: `photograph ${exhibit.image}`, width: photograph.width, height: photograph.height });
    const node = h("div", { class: "stage", style: { "aspect-ratio": ratioOf(exhibit) } }, photo);
    const overs = new Map();
    const over = ({ sprite }) => {
      if (!overs.has(sprite.file)) {
        const made = tile(folder, sprite, 0, "", ratioOf(exhibit));
        made.image.loading = "eager";
        node.append(made.node);
        overs.set(sprite.file, made);
      }
      return overs.get(sprite.file);
    };
    const set = ({ map, opacity, alone }) => {
      for (const one of overs.values()) one.node.hidden = true;
      node.classList.toggle("alone", Boolean(alone && map));
      node.style.setProperty("--o", map ? opacity : 0);
      if (!map) return;
      const ramp = map.signed ? ramps.diverging : ramps.sequential;
      node.style.setProperty("--zero", map.signed ? ramp[8] : ramp[0]);
      const overlay = over(map);
      overlay.node.hidden = false;
      overlay.image.alt = `${map.title} map of the ${map.of === "label" ? "label's class" : "predicted class"}`;
      overlay.show(map.at);
    };
    return { node, set };
  }

  /** The scale of a map as a coloured line with words at its ends. */
  function scale(map, ramps) {
    const ramp = map.signed ? ramps.diverging : ramps.sequential;
    const ends = map.signed ? ["contradicts the class", "supports it"] : ["unimportant", "most important"];
    return h("div", { class: "scale" }, h("span", {}, ends[0]),
      h("i", { style: { background: `linear-gradient(90deg, ${ramp.join(", ")})` } }), h("span", {}, ends[1]));
  }

  /** The most probable classes as bars. */
  function bars(study, model, row, top) {
    const label = study.label(row);
    const items = top.map(([name, value]) =>
      h("li", { class: name === label ? "label" : null },
        h("a", { href: link("class", { model: model.name, class: name }) }, named(name)),
        h("span", { class: "track", "aria-hidden": "true" }, h("i", { style: { "--v": value } })),
        h("span", { class: "n" }, percent(value))));
    return h("ol", { class: "bars" }, items);
  }

  // --- filters and controls ---------------------------------------------------------------------------------------

  /** All pictures of a filter, by their groups; one of a photograph leads to it. */
  function pictures(study, model, folder, filter) {
    const groups = new Map();
    (filter.pictures ?? []).forEach((picture, at) => {
      if (!groups.has(picture.group)) groups.set(picture.group, []);
      groups.get(picture.group).push([picture, at]);
    });
    return [...groups].map(([title, members]) => h("div", {}, h("h3", {}, title), h("div", { class: "pictures" }, members.map(([picture, at]) => {
      const shot = tile(folder, filter.sprite, at, `filter ${filter.number} of ${model.name}, ${title.toLowerCase()} ${picture.caption}`).node;
      const row = picture.image ? study.row(picture.image) : -1;
      const words = h("span", { class: "quiet", dir: "auto" }, picture.caption);
      return row >= 0 ? h("a", { href: link("image", { model: model.name, image: picture.image }) }, shot, words) : h("span", {}, shot, words);
    }))));
  }

  /** A range control with its name; `change` gets the number. */
  function slider(name, { min = 0, max, step = 1, value, id, words = (at) => String(at) }, change) {
    const output = h("output", { class: "n" }, words(value));
    const input = h("input", { type: "range", id, min, max, step, value, "aria-valuetext": words(value) });
    input.value = value;
    const update = () => {
      output.textContent = words(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
      change(Number(input.value));
    };
    input.addEventListener("input", update);
    const set = (to) => {
      input.value = to;
      update();
    };
    return { node: h("label", { class: "slider" }, h("span", {}, name), input, output), input, set, value: () => Number(input.value) };
  }

  /** A few choices of which one holds. */
  function choice(name, options, value, change) {
    const buttons = options.map(([option, words]) =>
      h("button", { type: "button", "aria-pressed": String(option === value), onclick: () => {
        buttons.forEach((one, k) => one.setAttribute("aria-pressed", String(options[k][0] === option)));
        change(option);
      } }, words));
    return h("div", { class: "choice", role: "group", "aria-label": name }, buttons);
  }

  /** A select with its name. */
  function select(name, options, value, change) {
    const node = h("select", { onchange: () => change(node.value) }, options.map(([option, words]) => h("option", { value: option, selected: option === value }, words)));
    return h("label", { class: "select" }, h("span", {}, name), node);
  }

  /** A command that can be copied. */
  function command(text) {
    const copy = h("button", { type: "button", class: "copy", onclick: async () => {
      await navigator.clipboard?.writeText(text).catch(() => {});
      copy.textContent = "copied";
    } }, "copy");
    return h("div", { class: "commanded" }, h("pre", { class: "command", tabindex: 0 }, h("code", {}, text)), navigator.clipboard ? copy : null);
  }

  return { verdict, card, grid, tile, mapsOf, stage, scale, bars, pictures, slider, choice, select, command, ratioOf };
})();
