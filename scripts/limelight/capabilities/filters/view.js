// Filters on the page of an image: where each is active, and the image after ascent on it.
"use strict";

limelight.view("filters", (() => {
  const { h, link, number } = limelight;

  function chapter({ model, folder, data }) {
    return h("section", { class: "chapter" }, h("h2", {}, "What do filters respond to in this image?"),
      h("p", { class: "quiet" }, "Left: activation of a filter. Right: the photograph after gradient ascent on that filter."),
      data.layers.map((layer) => {
        const { folder: page } = model.layers.find((one) => one.name === layer.layer);
        return [h("h3", {}, `Layer ${layer.layer}`), h("div", { class: "filters" }, layer.cells.map((cell) =>
          h("a", { class: "filter", href: link("layer", { model: model.name, layer: page, filter: cell.filter }) },
            h("span", { class: "pair" },
              views.tile(folder, data.sprite, cell.map, `activation of filter ${cell.filter}`).node,
              cell.ascent !== undefined && views.tile(folder, data.sprite, cell.ascent, `ascent on filter ${cell.filter}`).node),
            h("span", {}, `filter ${cell.filter}`, h("span", { class: "quiet" }, ` mean ${number(cell.mean, 3)}`)))))];
      }));
  }

  return { chapter };
})());
