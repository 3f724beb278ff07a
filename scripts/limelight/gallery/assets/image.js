// One image: what the network says of it, and every explanation of that.
"use strict";

(() => {
  const { h, named, link, listed, number, percent, plural, remember, command } = limelight;

  const VERDICTS = { 1: ["✓ beats", "right"], 0: ["= as good as", "quiet"], "-1": ["✗ below", "wrong"] };

  // What a reader chose stays from one image to the next.
  const kept = { opacity: 0.85, alone: false, features: 10 };

  function heading(study, model, row, place) {
    const list = study.select(place);
    const at = list.indexOf(row);
    const to = (other) => link("image", { model: model.name, ...listed(place), map: limelight.where().get("map"), image: study.id(other) });
    const label = study.label(row), wanted = listed(place);
    const filtered = Object.values(wanted).some(Boolean);
    const what = wanted.label && wanted.predicted ? [named(wanted.label), " taken for ", named(wanted.predicted)]
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
      h("p", { class: "crumbs" }, h("a", { href: link("images", { model: model.name, ...wanted }) }, what),
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

  /** Dots on a line for each measure: this method full, baselines hollow, other methods faint. */
  function worth(study, numbers, method) {
    const own = numbers?.[method];
    if (!own) return null;
    const rows = Object.entries(own).map(([name, value]) => {
      const metric = study.metrics[name] ?? { title: name.replaceAll("_", " "), better: "" };
      const others = Object.entries(numbers).filter(([other, values]) => other !== method && values[name] !== undefined);
      const values = [value, ...others.map(([, said]) => said[name]), 0, 1];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const at = (one) => (one - low) / (high - low);
      const baselines = others.filter(([other]) => study.baselines.includes(other));
      const bars = baselines.map(([, said]) => said[name]);
      const best = bars.length ? (metric.better === "lower" ? Math.min(...bars) : Math.max(...bars)) : null;
      const beats = best === null || !metric.better || !["faithful", "on the object"].includes(metric.question) ? null
        : Math.sign(metric.better === "lower" ? best - value : value - best);
      return h("tr", {},
        h("th", { scope: "row" }, metric.title, metric.better && h("small", {}, ` ${metric.better} is better`)),
        h("td", { class: "n" }, number(value)),
        h("td", {}, h("span", { class: "dots", "aria-hidden": "true" },
          others.map(([other, said]) => h("i", { class: study.baselines.includes(other) ? "base" : "other", style: { "--v": at(said[name]) }, title: `${study.methods[other] ?? other}: ${number(said[name])}` })),
          h("i", { class: `own${beats < 0 ? " under" : ""}`, style: { "--v": at(value) } }))),
        h("td", {}, best !== null && [beats !== null && h("span", { class: VERDICTS[beats][1] }, VERDICTS[beats][0], " "), h("span", { class: "quiet" }, `best baseline ${number(best)}`)]));
    });
    return h("table", { class: "worth" },
      h("caption", {}, `What ${study.methods[method] ?? method} is worth on this image. `, h("span", { class: "quiet" }, "Full dot: this method; hollow: baselines; faint: other methods.")),
      h("tbody", {}, rows));
  }

  function everything(study, numbers) {
    const methods = Object.keys(numbers);
    const metrics = [...new Set(methods.flatMap((method) => Object.keys(numbers[method])))];
    const table = h("table", { class: "data" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "method"), metrics.map((name) => h("th", { scope: "col", class: "n" }, study.metrics[name]?.title ?? name)))),
      h("tbody", {}, methods.map((method) => h("tr", { class: study.baselines.includes(method) ? "baseline" : null },
        h("th", { scope: "row" }, study.methods[method] ?? method, study.baselines.includes(method) && h("small", {}, " baseline")),
        metrics.map((name) => h("td", { class: "n", "data-value": numbers[method][name] ?? "" }, number(numbers[method][name])))))));
    limelight.sortable(table);
    return h("details", {}, h("summary", {}, "All methods on this image"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All methods on this image" }, table));
  }

  function attributions(study, model, row, exhibit, folder, said, place) {
    const maps = exhibit.maps?.list ?? [];
    const stage = views.stage(folder, exhibit, study.ramps);
    const scale = h("div", {}), note = h("p", { class: "quiet" }), worthy = h("div", { class: "worthy" });
    const methods = [...new Set(maps.map((map) => map.method))];
    let method = methods.includes(place.get("map")) ? place.get("map") : methods[0];
    let of = place.get("of") ?? "label";
    const chosen = () => {
      const own = maps.findIndex((map) => map.method === method && map.of === of);
      return own >= 0 ? own : maps.findIndex((map) => map.method === method);
    };
    const strip = h("div", { class: "strip", role: "group", "aria-label": "Attribution method" }, methods.map((one) => {
      const map = maps.findIndex((other) => other.method === one);
      const small = views.stage(folder, exhibit, study.ramps);
      small.set({ map, opacity: 1, alone: false });
      small.node.querySelectorAll("img").forEach((image) => { image.alt = ""; });
      return h("button", { type: "button", "data-method": one, onclick: () => { method = one; update(); } }, small.node, h("span", {}, maps[map].title), maps[map].baseline && h("small", {}, "baseline"));
    }));
    const update = () => {
      const map = chosen();
      stage.set({ map, opacity: kept.opacity, alone: kept.alone });
      for (const button of strip.children) button.setAttribute("aria-pressed", String(button.dataset.method === method));
      const shown = maps[map];
      scale.replaceChildren(views.scale(shown, study.ramps));
      const explained = shown.of === "label" ? study.label(row) || study.class(model.predicted[row]) : study.class(model.predicted[row]);
      const numbers = Object.entries(shown.numbers).map(([name, value]) => `${name} ${number(value, 3)}`);
      note.replaceChildren(h("b", {}, shown.title), " of ", named(explained), shown.zero ? ". Zero everywhere." : ". ", numbers.join(", "));
      worthy.replaceChildren(worth(study, said.numbers, method) ?? "");
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
      h("div", { class: "right" }, h("h2", {}, "What it says"), views.bars(study, model, row, said.top), maps.length > 0 && [h("h2", {}, "Which pixels count"), strip]));
    if (maps.length) update();
    return [node, worthy, said.numbers && everything(study, said.numbers)];
  }

  function superpixels(study, row, exhibit, folder) {
    if (!exhibit.lime) return null;
    const { classes } = exhibit.lime, list = h("div", {}), facts = h("p", { class: "quiet" });
    const view = views.lime(folder, exhibit, (segment) => {
      for (const item of list.querySelectorAll("li")) item.classList.toggle("lit", item.dataset.segment === String(segment));
    });
    let of = Math.max(0, classes.findIndex((one) => one.class === study.label(row)));
    const update = () => {
      view.set({ of, features: kept.features });
      list.replaceChildren(views.weights(view.strongest(), (lit) => view.set({ lit })));
      const own = classes[of];
      facts.replaceChildren("Probability ", h("b", {}, percent(own.probability)), ", linear model says ", h("b", {}, number(own.local)), ", R² ", h("b", {}, number(own.r2)),
        ", halves of the samples agree by ", h("b", {}, number(own.halves)), `. ${plural(exhibit.lime.samples, "perturbed photograph")}.`);
    };
    const options = classes.map((one, k) => [String(k), `${one.class} (${percent(one.probability)})`]);
    const count = views.slider("Superpixels", { min: 1, max: Math.min(40, classes[of].weights.length), value: Math.min(kept.features, classes[of].weights.length), id: "features" }, (features) => { kept.features = features; update(); });
    const node = h("section", { class: "chapter" }, h("h2", {}, "Which regions speak for and against?"),
      h("p", { class: "legend" }, h("i", { class: "for" }), " for the class: light green, white edge ", h("i", { class: "against" }), " against it: dark red, hatched, black edge"),
      h("div", { class: "table" },
        h("div", { class: "left" }, view.node, h("div", { class: "controls" }, views.select("Class", options, String(of), (k) => { of = Number(k); update(); }), count.node)),
        h("div", { class: "right" }, facts, h("h3", {}, "Strongest superpixels"), list)));
    update();
    return node;
  }

  function dreams(exhibit, folder) {
    const data = exhibit.dream;
    if (!data) return null;
    const view = views.dream(folder, exhibit), line = views.curve(data), last = data.iterations.length - 1;
    const show = (place) => { view.set(place); line.set(place); };
    const scrubber = views.slider("Iteration", { min: 0, max: last, value: last, id: "scrubber", words: (k) => String(data.iterations[k]) }, show);
    show(last);
    return h("section", { class: "chapter" }, h("h2", {}, "What does a filter dream into it?"),
      data.layer !== undefined && h("p", { class: "quiet" }, `Gradient ascent on filter ${data.filter} of layer ${data.layer}, from the photograph.`),
      h("div", { class: "table" }, h("div", { class: "left" }, view.node, h("div", { class: "controls" }, scrubber.node)), h("div", { class: "right" }, h("h3", {}, "Activation"), line.node)));
  }

  function filters(model, exhibit, folder) {
    const data = exhibit.filters;
    if (!data) return null;
    return h("section", { class: "chapter" }, h("h2", {}, "What do filters answer to in it?"),
      h("p", { class: "quiet" }, "Left, where a filter is active; right, the photograph after gradient ascent on it."),
      data.layers.map((layer) => {
        const row = model.layers.find((one) => one.folder === layer.layer);
        return [h("h3", {}, `Layer ${row?.name ?? layer.layer}`), h("div", { class: "filters" }, layer.cells.map((cell) =>
          h("a", { class: "filter", href: link("layer", { model: model.name, layer: layer.layer, filter: cell.filter }) },
            h("span", { class: "pair" },
              views.tile(folder, data.sprite, cell.map, `activation of filter ${cell.filter}`).node,
              cell.ascent !== undefined && views.tile(folder, data.sprite, cell.ascent, `ascent on filter ${cell.filter}`).node),
            h("span", {}, `filter ${cell.filter}`, h("span", { class: "quiet" }, ` mean ${number(cell.mean, 3)}`)))))];
      }));
  }

  function making(study, model, row, exhibit) {
    const id = study.id(row), sections = Object.keys(exhibit?.made ?? {});
    const targets = [["saliency", "figures/saliency"], ["lime", "figures/lime"], ["dream", "figures/dream"], ...model.layers.map((layer) => [`filters/${layer.folder}`, `figures/filters/${layer.folder}`])];
    const some = exhibit ? targets.filter(([section]) => sections.includes(section)) : targets.slice(0, 1);
    if (!some.length) return null;
    return h("section", { class: "chapter" }, h("h2", {}, exhibit ? "Make it again" : "Not explained yet"),
      !exhibit && h("p", { class: "quiet" }, "The study explains other images. This draws the saliency of this one; in the config ", h("code", {}, "explain"), " adds it for good."),
      some.map(([section, target]) => [exhibit && h("h3", {}, section), views.command(command(study, `${model.name}/${target}/${id}.png`))]),
      exhibit && h("details", {}, h("summary", {}, "Parameters, and the names of the results in the store"), h("pre", { tabindex: 0 }, h("code", {}, JSON.stringify(exhibit.made, null, 2)))));
  }

  function gaps(exhibit) {
    return exhibit.failed && h("section", { class: "notice", role: "note" }, h("h2", {}, "Not everything could be made"),
      h("ul", {}, exhibit.failed.map((one) => h("li", {}, h("b", {}, [one.section, one.unit].filter(Boolean).join(" ")), `: ${one.reason}`))));
  }

  limelight.page(async (app, study, place, current) => {
    const row = study.row(place.get("image") ?? study.id(0)), model = study.model(place.get("model"));
    if (row < 0) throw new Error(`there is no image ${place.get("image")}`);
    document.title = `${study.id(row)} · ${study.study} · limelight`;
    const [said, exhibit] = await Promise.all([study.predictions(model, row), study.explained(model, row) ? study.exhibit(model, row) : null]);
    if (!current()) return;
    const head = heading(study, model, row, place);
    const folder = exhibit && study.folder(model, row);
    if (exhibit?.photograph) {
      app.replaceChildren(...[head, gaps(exhibit), attributions(study, model, row, exhibit, folder, said, place), superpixels(study, row, exhibit, folder),
        dreams(exhibit, folder), filters(model, exhibit, folder), making(study, model, row, exhibit)].flat(9).filter(Boolean));
      return;
    }
    app.replaceChildren(...[head, exhibit?.unreadable && h("p", { class: "notice" }, exhibit.unreadable),
      h("section", { class: "table" },
        h("div", { class: "left" }, h("div", { class: "stage plainly" }, h("img", { src: study.thumbnail(row), alt: `photograph ${study.id(row)}` }))),
        h("div", { class: "right" }, h("h2", {}, "What it says"), views.bars(study, model, row, said.top))),
      making(study, model, row, null)].filter(Boolean));
  });
})();
