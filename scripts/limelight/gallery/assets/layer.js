// One layer: all of its filters that were looked at; and of the chosen one every picture, photograph and number.
"use strict";

limelight.page(async (app, study, place, current) => {
  const { h, link, named, number, need } = limelight;
  const explained = study.models.filter((one) => one.layers.length);
  if (!explained.length) throw new Error("no layer was explained");
  const asked = study.model(place.get("model")), model = asked.layers.length ? asked : explained[0];
  const layer = model.layers.find((one) => one.folder === place.get("layer")) ?? model.layers[0];
  const folder = `models/${model.name}/layers/${layer.folder}`;
  const { filters: numbered, faces } = await need(`${folder}/layer.js`);
  if (!current()) return;
  // Where filters that are alike are known they stand together, unless one wants them by number.
  const placed = numbered.some((one) => one.place !== undefined);
  const alike = placed && place.get("order") !== "number";
  const ordered = alike ? [...numbered].sort((a, b) => (a.place ?? Infinity) - (b.place ?? Infinity)) : numbered;
  // Of a large layer only the first filters may have ascended; what the faces of the others show is written above them.
  const kind = (one) => one.pictures?.[0].group ?? "No picture";
  const kinds = [...new Set(ordered.map(kind))];
  const filters = kinds.flatMap((name) => ordered.filter((one) => kind(one) === name));
  document.title = `layer ${layer.name} · ${study.study} · limelight`;
  const filterNumber = place.get("filter");
  const chosen = filters.find((one) => String(one.number) === filterNumber) ?? filters[0];
  const order = alike || !placed ? undefined : "number";
  const to = (changes) => link("layer", { model: model.name, layer: layer.folder, order, ...changes });

  const spine = h("ol", { class: "spine" }, model.layers.map((one) => h("li", {},
    h("a", { href: to({ layer: one.folder }), "aria-current": one === layer ? "true" : null },
      h("b", {}, one.name), h("span", {}, one.type), h("span", { class: "quiet" }, one.shape)))));

  const atlas = (some) => h("div", { class: "atlas" }, some.map((one) =>
    h("a", { href: to({ filter: one.number }), "aria-current": one === chosen ? "true" : null, class: "face" },
      one.face !== undefined ? views.tile(folder, faces, one.face, `filter ${one.number}`).node : h("span", { class: "tile none" }),
      h("span", {}, one.number))));
  const atlases = kinds.length < 2 ? [atlas(filters)] : kinds.flatMap((name) => [h("h3", {}, name), atlas(filters.filter((one) => kind(one) === name))]);

  const step = (by) => {
    const other = filters[filters.indexOf(chosen) + by];
    if (other) location.href = to({ filter: other.number });
  };
  limelight.key("ArrowLeft", "previous filter", () => step(-1));
  limelight.key("ArrowRight", "next filter", () => step(1));

  const top = (one) => one.top?.length > 0 && h("div", {}, h("h3", {}, "Top photographs"), h("div", { class: "pictures" }, one.top.filter(([id]) => study.row(id) >= 0).map(([id, value]) =>
    h("a", { href: link("image", { model: model.name, image: id }) },
      h("img", { class: "square", src: study.thumbnail(study.row(id)), alt: `photograph ${id}`, loading: "lazy" }),
      h("span", { class: "quiet", dir: "auto" }, `${id}: ${number(value, 3)}`)))));

  function classes(one) {
    const known = Object.entries(one.classes ?? {}).sort((a, b) => b[1] - a[1]);
    if (!known.length) return null;
    const largest = Math.max(1e-12, ...known.map(([, value]) => Math.abs(value)));
    return h("div", {}, h("h3", {}, "Mean activation by class"), h("ol", { class: "bars signed" }, known.map(([name, value]) =>
      h("li", { class: value < 0 ? "below" : null }, h("a", { href: link("class", { model: model.name, class: name }) }, named(name)),
        h("span", { class: "track", "aria-hidden": "true" }, h("i", { style: { "--v": Math.abs(value) / largest } })),
        h("span", { class: "n" }, number(value, 3))))));
  }

  const facts = chosen?.numbers && h("dl", { class: "facts" }, Object.entries(chosen.numbers).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, number(value, 3)))));

  app.replaceChildren(...[
    h("header", { class: "hero small" },
      h("p", { class: "eyebrow" }, "Layer"),
      h("h1", {}, layer.name),
      h("p", { class: "lead" }, `${layer.type}, ${layer.shape}${layer.index === null ? "" : `, leaf module ${layer.index}`}${layer.note && `, ${layer.note}`}`),
      explained.length > 1 && h("div", { class: "row" },
        views.choice("Model", explained.map((one) => [one.name, one.name]), model.name, (other) => { location.href = link("layer", { model: other, layer: layer.folder, filter: chosen?.number }); }),
        chosen && h("a", { class: "tool wide", href: link("compare", { layer: layer.folder, filter: chosen.number }) }, "Compare models"))),
    model.layers.length > 1 && spine,
    filters.length > 0 && h("section", { class: "chapter" }, h("h2", {}, "What do its filters respond to?"),
      placed && h("div", { class: "row" }, views.choice("Order", [["alike", "alike together"], ["number", "by number"]], order ?? "alike",
        (other) => { location.href = to({ filter: chosen?.number, order: other === "number" ? other : undefined }); })), ...atlases),
    chosen && h("section", { class: "chapter" }, h("h2", {}, `Filter ${chosen.number}`), facts, views.pictures(study, model, folder, chosen),
      h("div", { class: "split even" }, top(chosen), classes(chosen))),
  ].filter(Boolean));
});
