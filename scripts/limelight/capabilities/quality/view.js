// Quality on the page of an image: the metrics of the chosen map, and a table of all methods.
"use strict";

limelight.view("quality", (() => {
  const { h, number } = limelight;

  const VERDICTS = { 1: ["✓ beats", "right"], 0: ["= as good as", "quiet"], "-1": ["✗ below", "wrong"] };

  /** Dots on a line for each measure: this method full, baselines hollow, other methods faint. */
  function worth({ metrics, methods, baselines }, numbers, method) {
    const measured = numbers?.[method];
    if (!measured) return null;
    const rows = Object.entries(measured).map(([name, value]) => {
      const metric = metrics[name] ?? { title: name.replaceAll("_", " "), better: "" };
      const others = Object.entries(numbers).filter(([other, values]) => other !== method && values[name] !== undefined);
      const values = [value, ...others.map(([, theirs]) => theirs[name]), 0, 1];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const at = (one) => (one - low) / (high - low);
      const bars = others.filter(([other]) => baselines.includes(other)).map(([, theirs]) => theirs[name]);
      const best = bars.length ? (metric.better === "lower" ? Math.min(...bars) : Math.max(...bars)) : null;
      const beats = best === null || !metric.better || !["faithful", "on the object"].includes(metric.question) ? null
        : Math.sign(metric.better === "lower" ? best - value : value - best);
      return h("tr", {},
        h("th", { scope: "row" }, metric.title, metric.better && h("small", {}, ` ${metric.better} is better`)),
        h("td", { class: "n" }, number(value)),
        h("td", {}, h("span", { class: "dots", "aria-hidden": "true" },
          others.map(([other, theirs]) => h("i", { class: baselines.includes(other) ? "base" : "other", style: { "--v": at(theirs[name]) }, title: `${methods[other] ?? other}: ${number(theirs[name])}` })),
          h("i", { class: `own${beats < 0 ? " under" : ""}`, style: { "--v": at(value) } }))),
        h("td", {}, best !== null && [beats !== null && h("span", { class: VERDICTS[beats][1] }, VERDICTS[beats][0], " "), h("span", { class: "quiet" }, `best baseline ${number(best)}`)]));
    });
    return h("table", { class: "worth" },
      h("caption", {}, `Metrics of ${methods[method] ?? method} on this image. `, h("span", { class: "quiet" }, "Full dot: this method; hollow: baselines; faint: other methods.")),
      h("tbody", {}, rows));
  }

  function everything({ metrics, methods, baselines }, numbers) {
    const measured = Object.keys(numbers);
    const columns = [...new Set(measured.flatMap((method) => Object.keys(numbers[method])))];
    const table = h("table", { class: "data" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "method"), columns.map((name) => h("th", { scope: "col", class: "n" }, metrics[name]?.title ?? name)))),
      h("tbody", {}, measured.map((method) => h("tr", { class: baselines.includes(method) ? "baseline" : null },
        h("th", { scope: "row" }, methods[method] ?? method, baselines.includes(method) && h("small", {}, " baseline")),
        columns.map((name) => h("td", { class: "n", "data-value": numbers[method][name] ?? "" }, number(numbers[method][name])))))));
    limelight.sortable(table);
    return h("details", {}, h("summary", {}, "All methods on this image"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All methods on this image" }, table));
  }

  function below({ study, of, onmap }) {
    const chosen = h("div", { class: "worthy" }), known = study.capabilities.quality;
    onmap((method) => chosen.replaceChildren(worth(known, of, method) ?? ""));
    return [chosen, of && everything(known, of)];
  }

  return { below };
})());
