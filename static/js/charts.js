// Draws each <figure data-chart="line|bar"> from the table inside it. Without this script the table stands alone.
// Chart.js is large, so it is loaded once a figure is about to be seen.
"use strict";

(() => {
  const library = document.currentScript.dataset.library;
  // By the place of the column; a column may name another tone.
  const TONES = ["fill", "edge", "warn"];
  const drawn = [];

  function color(name) {
    // The tokens are pairs of light and dark; as the color of an element the browser resolves them.
    const probe = document.createElement("i");
    probe.style.color = `var(--pd-${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function seriesOf(figure) {
    const kind = figure.dataset.chart;
    const rows = [...figure.querySelectorAll("tbody tr")];
    const heads = [...figure.querySelectorAll("thead th")].slice(1);
    const datasets = heads.map((head, place) => {
      const tone = color(head.dataset.tone ?? TONES[place]);
      return {
        label: head.textContent,
        data: rows.map((row) => {
          const value = row.children[place + 1].dataset.value;
          return value === "None" ? null : Number(value);
        }),
        backgroundColor: tone,
        borderColor: tone,
        borderWidth: kind === "line" ? 2 : 0,
        pointRadius: rows.length > 40 ? 0 : 2,
        stepped: "stepped" in head.dataset,
      };
    });
    // A column without any figure is no line.
    return {
      labels: rows.map((row) => row.children[0].textContent.trim()),
      datasets: datasets.filter((each) => each.data.some((value) => value !== null)),
    };
  }

  function optionsOf(figure) {
    const stacked = figure.dataset.chart === "bar";
    const [ink, line] = [color("ink-2"), color("line")];
    const title = { display: "unit" in figure.dataset, text: figure.dataset.unit, color: ink };
    // Amounts of millions are marked in millions.
    const ticks = { color: ink, precision: 0 };
    if (figure.dataset.divisor) ticks.callback = (value) => (value / figure.dataset.divisor).toLocaleString();
    return {
      animation: false,
      maintainAspectRatio: false,
      color: ink,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } },
      scales: {
        x: { stacked, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
        y: { stacked, beginAtZero: true, ticks, title, grid: { color: line } },
      },
    };
  }

  function draw(figure) {
    const area = document.createElement("div");
    area.className = "pd-chart-area";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-labelledby", figure.getAttribute("aria-labelledby"));
    area.append(canvas);
    figure.prepend(area);
    const chart = new Chart(canvas, {
      type: figure.dataset.chart,
      data: seriesOf(figure),
      options: optionsOf(figure),
    });
    drawn.push([figure, chart]);
  }

  const figures = document.querySelectorAll("figure[data-chart]");
  const watch = new IntersectionObserver(
    (seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watch.disconnect();
      const script = document.createElement("script");
      script.src = library;
      script.onload = () => figures.forEach(draw);
      document.head.append(script);
    },
    { rootMargin: "300px" },
  );
  figures.forEach((figure) => watch.observe(figure));

  // Another theme has other colors.
  new MutationObserver(() => {
    drawn.forEach(([figure, chart]) => {
      chart.data = seriesOf(figure);
      chart.options = optionsOf(figure);
      chart.update();
    });
  }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
