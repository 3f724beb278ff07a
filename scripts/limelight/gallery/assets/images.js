// All images: by model, label, prediction, verdict and text; cards are made as the reader scrolls.
"use strict";

limelight.page((app, study, place) => {
  const { h, link, listed, plural, remember } = limelight;
  const model = study.model(place.get("model"));
  const rows = study.select(place);
  const go = (changes) => {
    location.hash = link("", { model: model.name, ...listed(place), ...changes }).split("#")[1] ?? "";
  };
  const any = [["", "any"]];
  const used = (numbers) => [...new Set(numbers)].filter((k) => k >= 0).sort((a, b) => a - b).map((k) => [study.classes[k], study.classes[k]]);
  const list = () => study.select(limelight.where());

  const search = h("input", { type: "search", value: place.get("q"), id: "search", autocomplete: "off" });
  const results = h("div", {});
  const title = h("p", { class: "lead", role: "status" });
  let grid;
  function fill(matches) {
    title.textContent = matches.length === study.size ? plural(matches.length, "image") : `${matches.length} of ${plural(study.size, "image")}`;
    const key = `limelight-made ${location.pathname}${location.hash}`;
    grid = views.grid(study, model, matches, listed(limelight.where()), history.state?.made ?? 0);
    results.replaceChildren(matches.length ? grid.node : h("p", { class: "quiet" }, "No image matches. Choose “any” to remove a condition."));
  }
  search.addEventListener("input", () => {
    remember({ q: search.value });
    fill(list());
  });
  // A way back leads to where the reader was, so as many cards have to be there again.
  window.addEventListener("pagehide", () => grid && history.replaceState({ made: grid.made() }, ""), { once: true });

  const shows = [["", "all"], ...(study.labelled ? [["right", "right"], ["wrong", "wrong"]] : []), ["explained", "explained"]];
  app.replaceChildren(
    h("header", { class: "hero small" }, h("h1", {}, "Images"), title),
    h("div", { class: "controls" },
      study.models.length > 1 && views.select("Model", study.models.map((one) => [one.name, one.name]), model.name, (name) => go({ model: name })),
      study.labelled && views.select("Label", [...any, ...used(study.images.label)], place.get("label") ?? "", (label) => go({ label })),
      views.select("Prediction", [...any, ...used(model.predicted)], place.get("predicted") ?? "", (predicted) => go({ predicted })),
      views.choice("Show", shows, place.get("show") ?? "", (show) => go({ show })),
      h("label", { class: "select" }, h("span", {}, "Name"), search)),
    results);
  fill(rows);
  limelight.key("/", "search by name", () => search.focus());
});
