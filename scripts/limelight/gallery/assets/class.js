// One class: its accuracy, what it is confused with, how clear its explanations are, and its images.
"use strict";

limelight.page((app, study, place) => {
  const { h, named, link, number, percent, plural } = limelight;
  const model = study.model(place.get("model"));
  const name = place.get("class") ?? study.classes[0], own = study.classes.indexOf(name);
  if (own < 0) throw new Error(`there is no class ${name}`);
  document.title = `${name} · ${study.study} · limelight`;

  const all = [...Array(study.size).keys()];
  const mine = all.filter((row) => study.images.label[row] === own);
  const said = all.filter((row) => model.predicted[row] === own);

  function tally(rows, other) {
    const counts = new Map();
    for (const row of rows) counts.set(other(row), (counts.get(other(row)) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  const list = (title, counts, total, to) => counts.length > 0 && h("div", {}, h("h3", {}, title),
    h("ol", { class: "bars" }, counts.slice(0, 8).map(([k, count]) => h("li", { class: k === own ? "label" : null },
      h("a", { href: to(study.class(k)) }, named(study.class(k))),
      h("span", { class: "track", "aria-hidden": "true" }, h("i", { style: { "--v": count / total } })),
      h("span", { class: "n" }, count)))));

  const measured = model.classes.values[name];
  const facts = measured && Object.entries(model.classes.headings).filter(([column]) => measured[column] !== null && measured[column] !== undefined)
    .map(([column, [title, meaning]]) => h("div", { title: meaning }, h("dt", {}, title), h("dd", {}, number(measured[column]))));

  const accuracy = (one) => {
    const known = mine.filter((row) => one.predicted[row] >= 0);
    return known.length ? known.filter((row) => one.predicted[row] === own).length / known.length : null;
  };

  const wrong = mine.filter((row) => study.right(model, row) === false);
  const right = mine.filter((row) => study.right(model, row) === true);
  const taken = said.filter((row) => study.images.label[row] !== own);
  const section = (title, rows, wanted) => rows.length > 0 && h("section", { class: "chapter" },
    h("h2", {}, title, " ", h("span", { class: "count" }, rows.length)),
    h("div", { class: "grid" }, rows.slice(0, 36).map((row) => views.card(study, model, row, wanted))),
    rows.length > 36 && h("p", {}, h("a", { href: link("images", { model: model.name, ...wanted }) }, `All ${rows.length}`)));

  app.replaceChildren(...[
    h("header", { class: "hero small" },
      h("p", { class: "crumbs" }, h("a", { href: link("images", { model: model.name }) }, "Images")),
      h("h1", { dir: "auto" }, name),
      study.labelled && h("p", { class: "lead" }, plural(mine.length, "image"), mine.length > 0 && [", ", h("b", {}, percent(accuracy(model))), " right"]),
      study.models.length > 1 && h("div", { class: "row" }, views.choice("Model", study.models.map((one) => {
        const value = accuracy(one);
        return [one.name, value === null ? one.name : `${one.name} ${percent(value)}`];
      }), model.name, (other) => { location.href = link("class", { model: other, class: name }); })),
      facts?.length > 0 && h("dl", { class: "facts" }, facts)),
    h("div", { class: "split even" },
      list("Predictions for its images", tally(mine.filter((row) => model.predicted[row] >= 0), (row) => model.predicted[row]), mine.length, (other) => link("images", { model: model.name, label: name, predicted: other })),
      study.labelled && list("Labels of images predicted as it", tally(said.filter((row) => study.images.label[row] >= 0), (row) => study.images.label[row]), said.length, (other) => link("images", { model: model.name, label: other, predicted: name }))),
    section("Wrong", wrong, { label: name, show: "wrong" }),
    section("Predicted as it", study.labelled ? taken : said, { predicted: name, show: study.labelled ? "wrong" : null }),
    section("Right", right, { label: name, show: "right" }),
  ].filter(Boolean));
});
