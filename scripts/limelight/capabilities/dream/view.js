// A deep dream on the page of an image: its iterations, and how the activation grew.
"use strict";

limelight.view("dream", (() => {
  const { h, s, number } = limelight;

  /** A recorded iteration of the dream. `set(n)` shows the n-th. */
  function frames(folder, exhibit, data) {
    const caption = h("p", { class: "quiet" });
    const picture = views.tile(folder, data.sprite, 0, "", views.ratioOf(exhibit));
    const set = (place) => {
      picture.show(place);
      picture.image.alt = `dream of ${exhibit.image}, iteration ${data.iterations[place]}`;
      caption.replaceChildren(`iteration ${data.iterations[place]}, activation ${number(data.scores[place], 3)}`);
    };
    return { node: h("div", { class: "dreamt" }, h("div", { class: "stage" }, picture.node), caption), set };
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

  function chapter({ exhibit, folder, data }) {
    const view = frames(folder, exhibit, data), line = curve(data), last = data.iterations.length - 1;
    const show = (place) => { view.set(place); line.set(place); };
    const scrubber = views.slider("Iteration", { min: 0, max: last, value: last, id: "scrubber", words: (k) => String(data.iterations[k]) }, show);
    show(last);
    return h("section", { class: "chapter" }, h("h2", {}, "What does a filter amplify in this image?"),
      h("p", { class: "quiet" }, `Gradient ascent on filter ${data.filter} of layer ${data.layer}, from the photograph.`),
      h("div", { class: "table" }, h("div", { class: "left" }, view.node, h("div", { class: "controls" }, scrubber.node)), h("div", { class: "right" }, h("h3", {}, "Activation"), line.node)));
  }

  function compare(pages) {
    const [one, other] = pages.map(({ data }) => data.iterations);
    const recorded = one.filter((iteration) => other.includes(iteration));
    if (!recorded.length) return null;
    const sides = pages.map(({ folder, exhibit, data }) => frames(folder, exhibit, data));
    const show = (k) => sides.forEach((view, side) => view.set(pages[side].data.iterations.indexOf(recorded[k])));
    const last = recorded.length - 1;
    show(last);
    return [h("h2", {}, "Dream"),
      h("div", { class: "controls" }, views.slider("Iteration", { min: 0, max: last, value: last, id: "scrubber", words: (k) => String(recorded[k]) }, show).node),
      h("div", { class: "two" }, sides.map((view, side) => h("section", {}, h("h3", {}, pages[side].model.name), view.node)))];
  }

  return { chapter, compare };
})());
