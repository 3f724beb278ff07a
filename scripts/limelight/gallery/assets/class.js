// One class: its accuracy, what it is confused with, how clear its explanations are, and its images.
"use strict";

limelight.page((app, study, place) => {
  const { h, named, link, number, percent, plural } = limelight;
  const model = study.model(place.get("model"));
  const name = place.get("class") ?? study.classes[0], index = study.classes.indexOf(name);
  if (index < 0) throw new Error(`there is no class ${name}`);
  document.title = `${name} · ${study.study} · limelight`;

  const all = [...Array(study.size).keys()];
  const labelled = all.filter((row) => study.images.label[row] === index);
  const predictedAsIt = all.filter((row) => model.predicted[row] === index);

  function tally(rows, other) {
    const counts = new Map();
    for (const row of rows) counts.set(other(row), (counts.get(other(row)) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  const list = (title, counts, total, to) => counts.length > 0 && h("div", {}, h("h3", {}, title),
    h("ol", { class: "bars" }, counts.slice(0, 8).map(([k, count]) => h("li", { class: k === index ? "label" : null },
      h("a", { href: to(study.class(k)) }, named(study.class(k))),
      h("span", { class: "track", "aria-hidden": "true" }, h("i", { style: { "--v": count / total } })),
      h("span", { class: "n" }, count)))));

  const measured = model.classes.values[name];
  const facts = measured && Object.entries(model.classes.headings).filter(([column]) => measured[column] !== null && measured[column] !== undefined)
    .map(([column, [title, meaning]]) => h("div", { title: meaning }, h("dt", {}, title), h("dd", {}, number(measured[column]))));

  const accuracy = (one) => {
    const known = labelled.filter((row) => one.predicted[row] >= 0);
    return known.length ? known.filter((row) => one.predicted[row] === index).length / known.length : null;
  };

  const wrong = labelled.filter((row) => study.right(model, row) === false);
  const right = labelled.filter((row) => study.right(model, row) === true);
  const wronglyPredicted = predictedAsIt.filter((row) => study.images.label[row] !== index);
  const section = (title, rows, query) => rows.length > 0 && h("section", { class: "chapter" },
    h("h2", {}, title, " ", h("span", { class: "count" }, rows.length)),
    h("div", { class: "grid" }, rows.slice(0, 36).map((row) => views.card(study, model, row, query))),
    rows.length > 36 && h("p", {}, h("a", { href: link("images", { model: model.name, ...query }) }, `All ${rows.length}`)));

  app.replaceChildren(...[
    h("header", { class: "hero small" },
      h("p", { class: "crumbs" }, h("a", { href: link("images", { model: model.name }) }, "Images")),
      h("h1", { dir: "auto" }, name),
      study.labelled && h("p", { class: "lead" }, plural(labelled.length, "image"), labelled.length > 0 && [", ", h("b", {}, percent(accuracy(model))), " right"]),
      study.models.length > 1 && h("div", { class: "row" }, views.choice("Model", study.models.map((one) => {
        const value = accuracy(one);
        return [one.name, value === null ? one.name : `${one.name} ${percent(value)}`];
      }), model.name, (other) => { location.href = link("class", { model: other, class: name }); })),
      facts?.length > 0 && h("dl", { class: "facts" }, facts)),
    h("div", { class: "split even" },
      list("Predictions for its images", tally(labelled.filter((row) => model.predicted[row] >= 0), (row) => model.predicted[row]), labelled.length, (other) => link("images", { model: model.name, label: name, predicted: other })),
      study.labelled && list("Labels of images predicted as it", tally(predictedAsIt.filter((row) => study.images.label[row] >= 0), (row) => study.images.label[row]), predictedAsIt.length, (other) => link("images", { model: model.name, label: other, predicted: name }))),
    section("Wrong", wrong, { label: name, show: "wrong" }),
    section("Predicted as it", study.labelled ? wronglyPredicted : predictedAsIt, { predicted: name, show: study.labelled ? "wrong" : null }),
    section("Right", right, { label: name, show: "right" }),
  ].filter(Boolean));
});
