// The parts that pages are made of: cards, sprites, and the views of one image that can stand side by side.
"use strict";

const views = (() => {
  const { h, s, named, number, signed, percent, link, path } = limelight;

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

  /** The photograph under an attribution map. `set({map, opacity, alone})` shows the map of that number, or none. */
  function stage(folder, exhibit, ramps) {
    const { photograph, maps } = exhibit;
    const photo = h("img", { class: "photo", src: path(folder, photograph.file), alt: `photograph ${exhibit.image}`, width: photograph.width, height: photograph.height });
    const node = h("div", { class: "stage", style: { "aspect-ratio": ratioOf(exhibit) } }, photo);
    const over = maps ? tile(folder, maps.sprite, 0, "", ratioOf(exhibit)) : null;
    if (over) {
      over.image.loading = "eager";
      node.append(over.node);
    }
    const set = ({ map, opacity, alone }) => {
      const shown = maps?.list[map];
      if (!over) return;
      over.node.hidden = !shown;
      node.classList.toggle("alone", Boolean(alone && shown));
      node.style.setProperty("--o", shown ? opacity : 0);
      if (!shown) return;
      const ramp = shown.signed ? ramps.diverging : ramps.sequential;
      node.style.setProperty("--zero", shown.signed ? ramp[8] : ramp[0]);
      over.image.alt = `${shown.title} map of the ${shown.of === "label" ? "label's class" : "predicted class"}`;
      over.show(map);
    };
    return { node, set };
  }

  /** The scale of a map as a coloured line with words at its ends. */
  function scale(map, ramps) {
    const ramp = map.signed ? ramps.diverging : ramps.sequential;
    const ends = map.signed ? ["against the class", "for it"] : ["no part in it", "the largest part"];
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

  // --- LIME -------------------------------------------------------------------------------------------------------

  const FOR = [26, 204, 140], AGAINST = [196, 26, 26];

  function labelsOf(lime) {
    const labels = new Int32Array(lime.width * lime.height);
    for (let k = 0, at = 0; k < lime.runs.length; at += lime.runs[k + 1], k += 2) labels.fill(lime.runs[k], at, at + lime.runs[k + 1]);
    return labels;
  }

  /**
   * The photograph in superpixels. What speaks for the class is light green with a white edge, what speaks against it
   * dark red, hatched, with a black edge: told apart without colour, too.
   * `set({of, features, lit})` shows a class, so many superpixels, and one of them brightly.
   */
  function lime(folder, exhibit, onpoint = () => {}) {
    const data = exhibit.lime, labels = labelsOf(data);
    const zoom = Math.max(1, Math.round(512 / Math.max(data.width, data.height)));
    const canvas = h("canvas", { width: data.width * zoom, height: data.height * zoom, role: "img" });
    const note = h("output", { class: "pointer", hidden: true });
    const photo = h("img", { class: "photo", src: path(folder, exhibit.photograph.file), alt: "", width: exhibit.photograph.width, height: exhibit.photograph.height });
    const node = h("div", { class: "stage lime", style: { "aspect-ratio": ratioOf(exhibit) } }, photo, canvas, note);
    let state = { of: 0, features: 10, lit: null };

    const strongest = () => {
      const { weights } = data.classes[state.of];
      return weights.map((weight, segment) => [segment, weight]).filter(([, weight]) => weight)
        .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, state.features);
    };

    function paint() {
      const chosen = new Map(strongest());
      const largest = Math.max(1e-12, ...[...chosen.values()].map(Math.abs));
      const { width, height } = canvas;
      const context = canvas.getContext("2d"), picture = context.createImageData(width, height);
      const at = (x, y) => labels[Math.floor(y / zoom) * data.width + Math.floor(x / zoom)];
      const edge = Math.min(3, Math.max(1, Math.round(zoom / 2)));
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const segment = at(x, y), weight = chosen.get(segment), place = 4 * (y * width + x);
          if (weight === undefined) continue;
          const border = (x >= edge && at(x - edge, y) !== segment) || (x + edge < width && at(x + edge, y) !== segment)
            || (y >= edge && at(x, y - edge) !== segment) || (y + edge < height && at(x, y + edge) !== segment);
          const hatch = weight < 0 && (x + y) % 14 < 3;
          const lit = segment === state.lit;
          const colour = border ? (weight > 0 ? [255, 255, 255] : [0, 0, 0]) : hatch ? [40, 0, 0] : weight > 0 ? FOR : AGAINST;
          const alpha = border ? 255 : lit ? 225 : hatch ? 190 : 255 * (0.28 + 0.42 * Math.abs(weight) / largest);
          picture.data.set([...colour, alpha], place);
        }
      }
      context.putImageData(picture, 0, 0);
      const shown = data.classes[state.of];
      const ups = [...chosen.values()].filter((weight) => weight > 0).length;
      canvas.setAttribute("aria-label", `superpixels of ${exhibit.image}: ${ups} speak for ${shown.class}, ${chosen.size - ups} against`);
    }

    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor((event.clientX - box.left) / box.width * data.width), y = Math.floor((event.clientY - box.top) / box.height * data.height);
      const segment = labels[Math.min(data.height - 1, Math.max(0, y)) * data.width + Math.min(data.width - 1, Math.max(0, x))];
      const weight = data.classes[state.of].weights[segment];
      note.hidden = false;
      note.textContent = `${signed(weight)} ${weight > 0 ? "for" : weight < 0 ? "against" : "neither for nor against"} ${data.classes[state.of].class}`;
      note.style.left = `${Math.min(event.clientX - box.left + 14, box.width - note.offsetWidth - 4)}px`;
      note.style.top = `${Math.max(4, event.clientY - box.top - note.offsetHeight - 10)}px`;
      onpoint(segment);
    });
    canvas.addEventListener("pointerleave", () => {
      note.hidden = true;
      onpoint(null);
    });
    const set = (changes) => {
      state = { ...state, ...changes };
      paint();
    };
    return { node, set, strongest, data };
  }

  /** The strongest superpixels as a list of bars; pointing at one lights it up. */
  function weights(list, onlight) {
    const largest = Math.max(1e-12, ...list.map(([, weight]) => Math.abs(weight)));
    return h("ol", { class: "weights" }, list.map(([segment, weight]) =>
      h("li", { class: weight > 0 ? "for" : "against", tabindex: 0, "data-segment": segment,
          onpointerenter: () => onlight(segment), onpointerleave: () => onlight(null), onfocus: () => onlight(segment), onblur: () => onlight(null) },
        h("span", { class: "track", "aria-hidden": "true" }, h("i", { style: { "--v": Math.abs(weight) / largest } })),
        h("span", { class: "n" }, signed(weight)), h("span", { class: "hidden" }, weight > 0 ? " for the class" : " against the class"))));
  }

  // --- dreams -----------------------------------------------------------------------------------------------------

  /** A recorded iteration of the dream. `set(n)` shows the n-th. */
  function dream(folder, exhibit) {
    const data = exhibit.dream, said = h("p", { class: "quiet" });
    const shown = tile(folder, data.sprite, 0, "", ratioOf(exhibit));
    const set = (place) => {
      shown.show(place);
      shown.image.alt = `dream of ${exhibit.image}, iteration ${data.iterations[place]}`;
      said.replaceChildren(`iteration ${data.iterations[place]}, activation ${number(data.scores[place], 3)}`);
    };
    return { node: h("div", { class: "dreamt" }, h("div", { class: "stage" }, shown.node), said), set };
  }

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

  /** How the activation grew, as a line; the point of the shown iteration is marked. */
  function curve(data) {
    const [W, H, P] = [260, 72, 6];
    const x = (k) => P + (W - 2 * P) * data.iterations[k] / Math.max(1, data.iterations.at(-1));
    const [low, high] = [Math.min(...data.scores), Math.max(...data.scores)];
    const y = (k) => H - P - (H - 2 * P) * (data.scores[k] - low) / (high - low || 1);
    const points = data.iterations.map((_, k) => `${x(k)},${y(k)}`);
    const dot = s("circle", { r: 4.5 });
    const node = s("svg", { class: "curve", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `activation from ${number(data.scores[0], 3)} to ${number(data.scores.at(-1), 3)}` },
      s("polyline", { points: points.join(" ") }), points.map((_, k) => s("circle", { class: "small", cx: x(k), cy: y(k), r: 2.2 })), dot);
    return { node, set: (k) => { dot.setAttribute("cx", x(k)); dot.setAttribute("cy", y(k)); } };
  }

  /** A range control with its name; `change` gets the number. */
  function slider(name, { min = 0, max, step = 1, value, id, words = (at) => String(at) }, change) {
    const said = h("output", { class: "n" }, words(value));
    const input = h("input", { type: "range", id, min, max, step, value, "aria-valuetext": words(value) });
    input.value = value;
    const update = () => {
      said.textContent = words(Number(input.value));
      input.setAttribute("aria-valuetext", said.textContent);
      change(Number(input.value));
    };
    input.addEventListener("input", update);
    const set = (to) => {
      input.value = to;
      update();
    };
    return { node: h("label", { class: "slider" }, h("span", {}, name), input, said), input, set, value: () => Number(input.value) };
  }

  /** A few choices of which one holds. */
  function choice(name, options, value, change) {
    const buttons = options.map(([own, words]) =>
      h("button", { type: "button", "aria-pressed": String(own === value), onclick: () => {
        buttons.forEach((one, k) => one.setAttribute("aria-pressed", String(options[k][0] === own)));
        change(own);
      } }, words));
    return h("div", { class: "choice", role: "group", "aria-label": name }, buttons);
  }

  /** A select with its name. */
  function select(name, options, value, change) {
    const node = h("select", { onchange: () => change(node.value) }, options.map(([own, words]) => h("option", { value: own, selected: own === value }, words)));
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

  return { verdict, card, grid, tile, stage, scale, bars, lime, weights, dream, pictures, curve, slider, choice, select, command, ratioOf };
})();
