// LIME on the page of an image: superpixels that support or contradict a class.
"use strict";

limelight.view("lime", (() => {
  const { h, number, percent, plural, signed, path } = limelight;

  // What a reader chose stays from one image to the next.
  const kept = { features: 10 };

  const FOR = [26, 204, 140], AGAINST = [196, 26, 26];

  function labelsOf(lime) {
    const labels = new Int32Array(lime.width * lime.height);
    for (let k = 0, at = 0; k < lime.runs.length; at += lime.runs[k + 1], k += 2) labels.fill(lime.runs[k], at, at + lime.runs[k + 1]);
    return labels;
  }

  /**
   * The photograph in superpixels. What supports the class is light green with a white edge, what contradicts it
   * dark red, hatched, with a black edge: told apart without colour, too.
   * `set({of, features, lit})` shows a class, a number of superpixels, and one of them highlighted.
   */
  function superpixels(folder, exhibit, data, onpoint = () => {}) {
    const labels = labelsOf(data);
    const zoom = Math.max(1, Math.round(512 / Math.max(data.width, data.height)));
    const canvas = h("canvas", { width: data.width * zoom, height: data.height * zoom, role: "img" });
    const note = h("output", { class: "pointer", hidden: true });
    const photo = h("img", { class: "photo", src: path(folder, exhibit.photograph.file), alt: "", width: exhibit.photograph.width, height: exhibit.photograph.height });
    const node = h("div", { class: "stage lime", style: { "aspect-ratio": views.ratioOf(exhibit) } }, photo, canvas, note);
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
      const explained = data.classes[state.of];
      const supporting = [...chosen.values()].filter((weight) => weight > 0).length;
      canvas.setAttribute("aria-label", `superpixels of ${exhibit.image}: ${supporting} support ${explained.class}, ${chosen.size - supporting} contradict it`);
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

  function chapter({ study, row, exhibit, folder, data }) {
    const { classes } = data, list = h("div", {}), facts = h("p", { class: "quiet" });
    const view = superpixels(folder, exhibit, data, (segment) => {
      for (const item of list.querySelectorAll("li")) item.classList.toggle("lit", item.dataset.segment === String(segment));
    });
    let of = Math.max(0, classes.findIndex((one) => one.class === study.label(row)));
    const update = () => {
      view.set({ of, features: kept.features });
      list.replaceChildren(weights(view.strongest(), (lit) => view.set({ lit })));
      const explained = classes[of];
      facts.replaceChildren("Probability ", h("b", {}, percent(explained.probability)), ", linear model ", h("b", {}, number(explained.local)), ", R² ", h("b", {}, number(explained.r2)),
        ", agreement of the halves of the samples ", h("b", {}, number(explained.halves)), `. ${plural(data.samples, "perturbed photograph")}.`);
    };
    const options = classes.map((one, k) => [String(k), `${one.class} (${percent(one.probability)})`]);
    const count = views.slider("Superpixels", { min: 1, max: Math.min(40, classes[of].weights.length), value: Math.min(kept.features, classes[of].weights.length), id: "features" }, (features) => { kept.features = features; update(); });
    const node = h("section", { class: "chapter" }, h("h2", {}, "Which regions support or contradict the class?"),
      h("p", { class: "legend" }, h("i", { class: "for" }), " supports the class: light green, white edge ", h("i", { class: "against" }), " contradicts it: dark red, hatched, black edge"),
      h("div", { class: "table" },
        h("div", { class: "left" }, view.node, h("div", { class: "controls" }, views.select("Class", options, String(of), (k) => { of = Number(k); update(); }), count.node)),
        h("div", { class: "right" }, facts, h("h3", {}, "Strongest superpixels"), list)));
    update();
    return node;
  }

  function compare(pages) {
    const sides = pages.map(({ folder, exhibit, data }) => superpixels(folder, exhibit, data));
    const names = pages.map(({ data }) => data.classes.map((one) => one.class));
    const classes = names[0].filter((name) => names[1].includes(name));
    if (!classes.length) return null;
    const explain = (name) => sides.forEach((view, side) => view.set({ of: names[side].indexOf(name), features: 10 }));
    const label = pages[0].study.label(pages[0].row);
    const first = classes.includes(label) ? label : classes[0];
    explain(first);
    return [h("h2", {}, "Superpixels"),
      h("div", { class: "controls" }, views.select("Class", classes.map((one) => [one, one]), first, explain)),
      h("div", { class: "two" }, sides.map((view, side) => h("section", {}, h("h3", {}, pages[side].model.name), view.node)))];
  }

  return { chapter, compare };
})());
