// Brightness on the page of an image.
"use strict";

limelight.view("brightness", (() => {
  const { h, number } = limelight;

  function chapter({ folder, data }) {
    return h("section", { class: "chapter" }, h("h2", {}, "How bright is it?"), h("p", { id: "mean" }, number(data.mean)),
      views.tile(folder, data.sprite, 0, "brightness").node);
  }

  return { chapter };
})());
