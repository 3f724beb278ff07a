// Two models side by side: one image under the same map, superpixels and iteration, or one filter of a layer.
"use strict";

limelight.page(async (app, study, place, current) => {
  const { h, named, link, need, remember } = limelight;
  if (study.models.length < 2) {
    app.replaceChildren(h("header", { class: "hero" }, h("h1", {}, "Compare"), h("p", { class: "lead" }, "This study has one model. To compare, add a second one under ", h("code", {}, "models:"), ".")));
    return;
  }
  const models = [study.model(place.get("a") ?? study.models[0].name), study.model(place.get("b") ?? study.models.at(-1).name)];
  const to = (changes) => link("compare", { a: models[0].name, b: models[1].name, ...Object.fromEntries(["image", "layer", "filter", "map"].map((key) => [key, place.get(key)])), ...changes });
  const pick = (side) => views.select(`Model ${side.toUpperCase()}`, study.models.map((one) => [one.name, one.name]), models[side === "a" ? 0 : 1].name, (name) => { location.href = to({ [side]: name }); });
  const pair = (...children) => h("div", { class: "two" }, children);
  const common = (lists) => lists[0].filter((one) => lists[1].includes(one));
  const both = [...Array(study.size).keys()].filter((row) => models.every((model) => study.explained(model, row)));
  const layers = common(models.map((model) => model.layers.map((layer) => layer.folder)));
  const mode = place.get("layer") && layers.length ? "filters" : "images";
  const modes = [["images", "an image"], ...(layers.length ? [["filters", "a filter"]] : [])];
  const head = (title, extra) => h("header", { class: "hero small" }, h("p", { class: "eyebrow" }, "Compare"), h("h1", { dir: "auto" }, title),
    h("div", { class: "controls" }, pick("a"), pick("b"),
      modes.length > 1 && views.choice("Compare", modes, mode, (one) => { location.href = one === "images" ? to({ layer: null, filter: null }) : to({ layer: layers[0], filter: null, image: null }); }), extra));

  if (mode === "filters") {
    const folder = layers.includes(place.get("layer")) ? place.get("layer") : layers[0];
    const folders = models.map((model) => `models/${model.name}/layers/${folder}`);
    const data = await Promise.all(folders.map((one) => need(`${one}/layer.js`)));
    if (!current()) return;
    const numbers = common(data.map((one) => one.filters.map((filter) => filter.number)));
    const filter = numbers.includes(Number(place.get("filter"))) && place.get("filter") !== null ? Number(place.get("filter")) : numbers[0];
    const step = (by) => {
      const other = numbers[numbers.indexOf(filter) + by];
      if (other !== undefined) location.href = to({ layer: folder, filter: other });
    };
    limelight.key("ArrowLeft", "previous filter", () => step(-1));
    limelight.key("ArrowRight", "next filter", () => step(1));
    const name = (one) => models[0].layers.find((layer) => layer.folder === one).name;
    app.replaceChildren(
      head(`Filter ${filter} of layer ${name(folder)}`, [
        views.select("Layer", layers.map((one) => [one, name(one)]), folder, (one) => { location.href = to({ layer: one, filter: null }); }),
        views.select("Filter", numbers.map((one) => [String(one), String(one)]), String(filter), (one) => { location.href = to({ layer: folder, filter: one }); })]),
      pair(models.map((model, side) => {
        const one = data[side].filters.find((other) => other.number === filter);
        return h("section", {}, h("h2", {}, h("a", { href: link("layer", { model: model.name, layer: folder, filter }) }, model.name)),
          one && views.pictures(study, model, folders[side], one));
      })));
    return;
  }

  const rows = both.length ? both : [...Array(study.size).keys()];
  const asked = place.get("image") === null ? rows[0] : study.row(place.get("image"));
  if (asked < 0) throw new Error(`there is no image ${place.get("image")}`);
  const row = asked, at = rows.indexOf(row);
  const [predictions, exhibits] = await Promise.all([
    Promise.all(models.map((model) => study.predictions(model, row))),
    Promise.all(models.map((model) => (study.explained(model, row) ? study.exhibit(model, row) : null)))]);
  if (!current()) return;
  document.title = `Compare ${study.id(row)} · ${study.study} · limelight`;
  const goTo = (other) => other !== undefined && (location.href = to({ image: study.id(other) }));
  limelight.key("ArrowLeft", "previous image", () => goTo(rows[at - 1]));
  limelight.key("ArrowRight", "next image", () => goTo(rows[at + 1]));
  const folders = models.map((model, side) => exhibits[side] && study.folder(model, row));
  const readable = exhibits.map((exhibit) => exhibit?.photograph ? exhibit : null);
  const label = study.label(row);

  const maps = readable.map(views.mapsOf);
  const methods = readable.every(Boolean) ? common(maps.map((list) => list.map((map) => map.method))).filter((one, k, all) => all.indexOf(one) === k) : [];
  const stages = readable.map((exhibit, side) => exhibit && views.stage(folders[side], exhibit, study.ramps));
  let method = methods.includes(place.get("map")) ? place.get("map") : methods[0], opacity = 0.85;
  const chosen = (side) => maps[side].find((map) => map.method === method && map.of === "label") ?? maps[side].find((map) => map.method === method);
  const paint = () => stages.forEach((stage, side) => stage?.set({ map: chosen(side), opacity, alone: false }));
  const title = (one) => maps[0].find((map) => map.method === one).title;
  if (methods.length) paint();
  const pages = (name) => readable.every((exhibit) => exhibit?.exhibits?.[name]) && models.map((model, side) => (
    { study, model, row, exhibit: readable[side], folder: folders[side], place, data: readable[side].exhibits[name], of: predictions[side].of[name] }));

  app.replaceChildren(...[
    head(study.id(row), [
      at >= 0 && h("span", { class: "steps" },
        h("button", { type: "button", class: "tool", "aria-label": "previous image", disabled: at === 0, onclick: () => goTo(rows[at - 1]) }, "←"),
        h("span", { class: "quiet" }, `${at + 1} of ${rows.length}`),
        h("button", { type: "button", class: "tool", "aria-label": "next image", disabled: at + 1 === rows.length, onclick: () => goTo(rows[at + 1]) }, "→"))]),
    label && h("p", { class: "lead" }, h("span", { class: "quiet" }, "label "), named(label)),
    methods.length > 0 && h("div", { class: "controls" },
      views.select("Map", methods.map((one) => [one, title(one)]), method, (one) => { method = one; remember({ map: one }); paint(); }),
      views.slider("Opacity", { min: 0, max: 100, value: 85, id: "opacity", words: (value) => `${value} %` }, (value) => { opacity = value / 100; paint(); }).node),
    pair(models.map((model, side) => h("section", {},
      h("h2", {}, h("a", { href: link("image", { model: model.name, image: study.id(row) }) }, model.name)),
      h("p", {}, views.verdict(study, model, row)),
      stages[side]?.node ?? h("div", { class: "stage plainly" }, h("img", { src: study.thumbnail(row), alt: `photograph ${study.id(row)}` })),
      views.bars(study, model, row, predictions[side].top.slice(0, 5))))),
    limelight.render("compare", pages),
  ].flat(9).filter(Boolean));
});
