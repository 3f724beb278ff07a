// One image: what the network says of it, and every explanation of that.
"use strict";

(() => {
  const { h, named, link, listed, number, plural, remember, command } = limelight;

  // What a reader chose stays from one image to the next.
  const kept = { opacity: 0.85, alone: false };

  function heading(study, model, row, place) {
    const list = study.select(place);
    const at = list.indexOf(row);
    const to = (other) => link("image", { model: model.name, ...listed(place), map: limelight.where().get("map"), image: study.id(other) });
    const label = study.label(row), query = listed(place);
    const filtered = Object.values(query).some(Boolean);
    const what = query.label && query.predicted ? [named(query.label), " predicted as ", named(query.predicted)]
      : filtered ? [plural(list.length, "chosen image")] : ["Images"];
    const step = (by, sign, name) => {
      const other = list[at + by];
      return at >= 0 && other !== undefined
        ? h("a", { class: "tool", href: to(other), rel: by < 0 ? "prev" : "next", "aria-label": `${name} image` }, sign)
        : h("span", { class: "tool off", "aria-hidden": "true" }, sign);
    };
    limelight.key("ArrowLeft", "previous image", () => at > 0 && (location.href = to(list[at - 1])));
    limelight.key("ArrowRight", "next image", () => at >= 0 && at + 1 < list.length && (location.href = to(list[at + 1])));
    return h("header", { class: "hero small" },
      h("p", { class: "crumbs" }, h("a", { href: link("images", { model: model.name, ...query }) }, what),
        h("span", { class: "steps" }, step(-1, "←", "previous"), at >= 0 && h("span", { class: "quiet" }, `${at + 1} of ${list.length}`), step(1, "→", "next"))),
      h("h1", { dir: "auto" }, study.id(row)),
      h("p", { class: "lead" },
        label && [h("span", { class: "quiet" }, "label "), h("a", { href: link("class", { model: model.name, class: label }) }, named(label)), " · "],
        views.verdict(study, model, row)),
      study.models.length > 1 && h("div", { class: "row" },
        views.choice("Model", study.models.map((one) => [one.name, one.name]), model.name, (name) => {
          location.href = link("image", { ...listed(place), model: name, map: limelight.where().get("map"), image: study.id(row) });
        }),
        h("a", { class: "tool wide", href: link("compare", { image: study.id(row) }) }, "Compare models")));
  }

  /** The photograph under the chosen map; `onmap` is called with the method of each. */
  function attributions({ study, model, row, exhibit, folder, place }, top, onmap) {
    const maps = views.mapsOf(exhibit);
    const stage = views.stage(folder, exhibit, study.ramps);
    const scale = h("div", {}), note = h("p", { class: "quiet" });
    const methods = [...new Set(maps.map((map) => map.method))];
    let method = methods.includes(place.get("map")) ? place.get("map") : methods[0];
    let of = place.get("of") ?? "label";
    const chosen = () => maps.find((map) => map.method === method && map.of === of) ?? maps.find((map) => map.method === method);
    const strip = h("div", { class: "strip", role: "group", "aria-label": "Attribution method" }, methods.map((one) => {
      const map = maps.find((other) => other.method === one);
      const small = views.stage(folder, exhibit, study.ramps);
      small.set({ map, opacity: 1, alone: false });
      small.node.querySelectorAll("img").forEach((image) => { image.alt = ""; });
      return h("button", { type: "button", "data-method": one, onclick: () => { method = one; update(); } }, small.node, h("span", {}, map.title), map.baseline && h("small", {}, "baseline"));
    }));
    const update = () => {
      const map = chosen();
      stage.set({ map, opacity: kept.opacity, alone: kept.alone });
      for (const button of strip.children) button.setAttribute("aria-pressed", String(button.dataset.method === method));
      scale.replaceChildren(views.scale(map, study.ramps));
      const explained = map.of === "label" ? study.label(row) || study.class(model.predicted[row]) : study.class(model.predicted[row]);
      const numbers = Object.entries(map.numbers).map(([name, value]) => `${name} ${number(value, 3)}`);
      note.replaceChildren(h("b", {}, map.title), map.layer ? `, layer ${map.layer},` : "", " of ", named(explained), map.zero ? ". Zero everywhere." : ". ", numbers.join(", "));
      onmap(method);
      remember({ map: method, of: of === "label" ? null : of });
    };
    const opacity = views.slider("Opacity", { min: 0, max: 100, step: 1, value: Math.round(kept.opacity * 100), id: "opacity", words: (at) => `${at} %` }, (at) => {
      kept.opacity = at / 100;
      stage.set({ map: chosen(), opacity: kept.opacity, alone: kept.alone });
    });
    const cycle = (by) => {
      method = methods[(methods.indexOf(method) + by + methods.length) % methods.length];
      update();
    };
    const parts = [];
    if (maps.length) {
      limelight.key("m", "next map", () => cycle(1));
      limelight.key("M", "previous map", () => cycle(-1));
      limelight.key("[", "map fainter", () => opacity.set(opacity.value() - 10));
      limelight.key("]", "map stronger", () => opacity.set(opacity.value() + 10));
      const both = maps.some((map) => map.of === "predicted") && maps.some((map) => map.of === "label");
      parts.push(
        h("div", { class: "controls" }, opacity.node,
          views.choice("View", [[false, "over the photograph"], [true, "alone"]], kept.alone, (alone) => { kept.alone = alone; update(); }),
          both && views.choice("Class", [["label", study.label(row)], ["predicted", study.class(model.predicted[row])]], of, (one) => { of = one; update(); })),
        scale, note);
    }
    const node = h("section", { class: "table" },
      h("div", { class: "left" }, stage.node, parts),
      h("div", { class: "right" }, h("h2", {}, "Prediction"), views.bars(study, model, row, top), maps.length > 0 && [h("h2", {}, "Attribution"), strip]));
    if (maps.length) update();
    return node;
  }

  function making(study, model, row, exhibit) {
    const id = study.id(row), made = exhibit?.made ?? {};
    const figures = Object.entries(model.figures).flatMap(([name, folders]) => folders.map((folder) => [name, folder]));
    const some = exhibit ? figures.filter(([name]) => name in made) : figures.slice(0, 1);
    if (!some.length) return null;
    return h("section", { class: "chapter" }, h("h2", {}, exhibit ? "Reproduce" : "Not explained yet"),
      !exhibit && h("p", { class: "quiet" }, `This image is not among those that the study explains. This command draws its ${some[0][0]}; to include it in every run, add it to `, h("code", {}, "explain"), " in the config."),
      some.map(([, folder]) => [exhibit && h("h3", {}, folder), views.command(command(study, `${model.name}/figures/${folder}/${id}.png`))]),
      exhibit && h("details", {}, h("summary", {}, "Parameters, and the keys of the results in the store"), h("pre", { tabindex: 0 }, h("code", {}, JSON.stringify(made, null, 2)))));
  }

  function gaps(exhibit) {
    const notice = (title, list) => list && h("section", { class: "notice", role: "note" }, h("h2", {}, title),
      h("ul", {}, list.map((one) => h("li", {}, h("b", {}, [one.section, one.unit].filter(Boolean).join(" ")), `: ${one.reason}`))));
    return [notice("Some results failed", exhibit.failed), notice("Left out", exhibit.left_out)];
  }

  limelight.page(async (app, study, place, current) => {
    const row = study.row(place.get("image") ?? study.id(0)), model = study.model(place.get("model"));
    if (row < 0) throw new Error(`there is no image ${place.get("image")}`);
    document.title = `${study.id(row)} · ${study.study} · limelight`;
    const [predictions, exhibit] = await Promise.all([study.predictions(model, row), study.explained(model, row) ? study.exhibit(model, row) : null]);
    if (!current()) return;
    const head = heading(study, model, row, place);
    const folder = exhibit && study.folder(model, row);
    if (exhibit?.photograph) {
      const listeners = [];
      const common = { study, model, row, exhibit, folder, place, onmap: (act) => listeners.push(act) };
      const page = (name) => ({ ...common, data: exhibit.exhibits?.[name], of: predictions.of[name] });
      const below = limelight.render("below", page);
      app.replaceChildren(...[head, gaps(exhibit), attributions(common, predictions.top, (method) => listeners.forEach((act) => act(method))), below,
        limelight.render("chapter", (name) => page(name).data && page(name)), making(study, model, row, exhibit)].flat(9).filter(Boolean));
      return;
    }
    app.replaceChildren(...[head, exhibit?.unreadable && h("p", { class: "notice" }, exhibit.unreadable),
      h("section", { class: "table" },
        h("div", { class: "left" }, h("div", { class: "stage plainly" }, h("img", { src: study.thumbnail(row), alt: `photograph ${study.id(row)}` }))),
        h("div", { class: "right" }, h("h2", {}, "Prediction"), views.bars(study, model, row, predictions.top))),
      making(study, model, row, null)].filter(Boolean));
  });
})();
