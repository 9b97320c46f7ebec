// Declared charts come alive: the still drawing of the server is replaced by ECharts, in the colours of the theme, with
// values under the pointer and under the arrow keys. What is drawn comes from the page's data alone.

const ROLES = ["ink", "ink-soft", "ink-faint", "line", "line-strong", "surface", "raised", "series-soft", "warn-strong", "map-none", "map-0", "map-1", "map-2", "map-3", "map-4"];
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const alive = new Map();
let engine;

function loaded(address) {
  engine ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return engine;
}

function look(figure) {
  const style = getComputedStyle(figure);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const roles = Object.fromEntries(ROLES.map((role) => [role, of(role)]));
  return { ...roles, face: style.fontFamily, series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => of(`series-${n}`)), downwards: figure.matches(":lang(mn-Mong)"), across: figure.clientWidth - 60 };
}

// Numbers as the server tells them.
function teller(spec) {
  const grouped = (value, places = spec.decimals) =>
    value === null || value === undefined || Number.isNaN(value)
      ? "—"
      : Number(value).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  const short = (value) => {
    for (const [least, size, word] of spec.steps) {
      if (Math.abs(value) >= least) {
        return `${Number((value / size).toFixed(2)).toLocaleString("en-US")}${word}`;
      }
    }
    return Number(value.toFixed(4)).toLocaleString("en-US", { maximumFractionDigits: 4 });
  };
  return { grouped, short, whole: grouped, titled: (title) => (spec.unit ? `${title} (${spec.unit})` : title) };
}

// A tip is built of elements, as markup with styles of its own would be refused by the page's policy.
function tip(title, rows) {
  const box = document.createElement("div");
  box.className = "plot-tip";
  if (title) {
    box.append(Object.assign(document.createElement("b"), { textContent: title }));
  }
  for (const [shade, name, value] of rows) {
    const row = document.createElement("p");
    if (shade) {
      row.append(Object.assign(document.createElement("span"), { className: `swatch ${shade}` }));
    }
    row.append(Object.assign(document.createElement("span"), { textContent: name }), Object.assign(document.createElement("b"), { textContent: value }));
    box.append(row);
  }
  return box;
}

const shade = (index) => `s${(index % 8) + 1}`;

function frame(spec, theme, tell) {
  return {
    color: theme.series,
    textStyle: { fontFamily: theme.face, color: theme["ink-soft"], fontSize: 12 },
    animation: !still.matches,
    animationDuration: 350,
    animationDurationUpdate: 220,
    aria: { enabled: true, label: { description: spec.name } },
    tooltip: {
      backgroundColor: theme.raised, borderColor: theme["line-strong"], borderWidth: 1, padding: 0, confine: true,
      textStyle: { color: theme.ink, fontFamily: theme.face, fontSize: 12 }, transitionDuration: still.matches ? 0 : 0.15,
    },
    legend: { show: false },
  };
}

function cartesian(spec, theme, tell) {
  const labels = {
    color: theme["ink-faint"], fontSize: 12, hideOverlap: true, interval: spec.labels.length <= 8 ? 0 : "auto",
    // A few long names are broken rather than left out.
    ...(spec.labels.length <= 8 && !spec.across && !theme.downwards ? { width: theme.across / spec.labels.length - 6, overflow: "break", lineHeight: 14 } : {}),
    ...(theme.downwards && !spec.across ? { rotate: -90, align: "left", verticalAlign: "middle" } : {}),
  };
  const names = { type: "category", data: spec.labels, inverse: spec.across, axisTick: { show: false }, axisLine: { lineStyle: { color: theme["line-strong"] } }, axisLabel: labels };
  const values = {
    type: "value", scale: spec.kind === "line", splitLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme["ink-faint"], fontSize: 12, formatter: (value) => tell.short(value) },
  };
  const bars = spec.kind === "bar" || spec.kind === "stacked";
  const dashes = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 2], [12, 4], [6, 2, 2, 2]];
  const symbols = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle"];
  const series = spec.series.map((one, index) => ({
    name: one.name,
    data: one.values,
    type: bars ? "bar" : "line",
    ...(spec.kind === "stacked" ? { stack: "all" } : {}),
    ...(bars
      ? { barMaxWidth: 44, itemStyle: { borderRadius: spec.kind === "bar" ? (spec.across ? [0, 2, 2, 0] : [2, 2, 0, 0]) : 0, ...(spec.kind === "stacked" ? { borderColor: theme.surface, borderWidth: 0.5 } : {}) } }
      : { symbol: symbols[index % 8], symbolSize: 6, showSymbol: one.values.length <= 40, lineStyle: { width: 2, type: dashes[index % 8] }, connectNulls: false }),
    ...(spec.kind === "area" ? { areaStyle: { opacity: spec.series.length > 1 ? 0.18 : 0.26 } } : {}),
    emphasis: { focus: spec.series.length > 1 ? "series" : "none" },
    ...(spec.goal && index === 0
      ? { markLine: { silent: true, symbol: "none", lineStyle: { color: theme["warn-strong"], width: 1.5, type: "dashed" }, label: { formatter: spec.goal.name, position: "insideEndTop", color: theme["ink-soft"] }, data: [spec.across ? { xAxis: spec.goal.value } : { yAxis: spec.goal.value }] } }
      : {}),
  }));
  return {
    ...frame(spec, theme, tell),
    grid: { left: 4, right: 14, top: 14, bottom: spec.zoom ? 44 : 4, containLabel: true },
    xAxis: spec.across ? values : names,
    yAxis: spec.across ? names : values,
    ...(spec.zoom
      ? { dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl" }, { type: "slider", height: 22, bottom: 8, borderColor: theme.line, fillerColor: theme["series-soft"], textStyle: { color: theme["ink-faint"] }, labelFormatter: "" }] }
      : {}),
    series,
    tooltip: {
      ...frame(spec, theme, tell).tooltip, trigger: "axis", axisPointer: { type: bars ? "shadow" : "line", lineStyle: { color: theme["line-strong"] } },
      formatter: (found) => tip(tell.titled(found[0].axisValueLabel), found.map((one) => [shade(one.seriesIndex), one.seriesName, tell.whole(one.value)])),
    },
  };
}

function scatter(spec, theme, tell) {
  const axis = (name) => ({
    type: "value", name, scale: true, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: theme["ink-soft"] }, splitLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme["ink-faint"], formatter: (value) => tell.short(value) }, axisLine: { lineStyle: { color: theme["line-strong"] } },
  });
  return {
    ...frame(spec, theme, tell),
    grid: { left: 28, right: 18, top: 14, bottom: 28, containLabel: true },
    xAxis: axis(spec.axes[0]),
    yAxis: { ...axis(spec.axes[1]), nameGap: 44 },
    series: spec.series.map((one) => ({ type: "scatter", name: one.name, data: one.points, symbolSize: 9, itemStyle: { opacity: 0.8 } })),
    tooltip: {
      ...frame(spec, theme, tell).tooltip,
      formatter: (one) => tip(one.value[2] || one.seriesName, [["", spec.axes[0], tell.grouped(one.value[0])], ["", spec.axes[1], tell.grouped(one.value[1])]]),
    },
  };
}

function radar(spec, theme, tell) {
  const most = spec.most ?? Math.max(...spec.series.flatMap((one) => one.values.map((value) => value ?? 0)));
  return {
    ...frame(spec, theme, tell),
    radar: {
      indicator: spec.labels.map((name) => ({ name, max: most })), radius: "68%", splitNumber: 4, axisName: { color: theme["ink-soft"] },
      splitLine: { lineStyle: { color: theme.line } }, axisLine: { lineStyle: { color: theme.line } }, splitArea: { show: false },
    },
    series: [{ type: "radar", data: spec.series.map((one) => ({ name: one.name, value: one.values, areaStyle: { opacity: 0.14 } })), symbolSize: 5 }],
    tooltip: {
      ...frame(spec, theme, tell).tooltip,
      formatter: (one) => tip(tell.titled(one.name), spec.labels.map((label, at) => ["", label, tell.whole(spec.series[one.dataIndex].values[at])])),
    },
  };
}

function calendar(spec, theme, tell) {
  const values = spec.series[0]?.values ?? [];
  const months = { "zh-hans": "ZH", en: "EN" }[spec.language] ?? "EN";
  return {
    ...frame(spec, theme, tell),
    calendar: {
      range: [spec.labels[0], spec.labels.at(-1)], cellSize: ["auto", 14], left: 34, right: 8, top: 22, bottom: 4,
      itemStyle: { color: theme["map-none"], borderColor: theme.surface, borderWidth: 2 }, splitLine: { lineStyle: { color: theme["line-strong"] } },
      dayLabel: { color: theme["ink-faint"], firstDay: 1, nameMap: months === "ZH" ? ["日", "一", "二", "三", "四", "五", "六"] : "EN" },
      monthLabel: { color: theme["ink-faint"], nameMap: months === "ZH" ? undefined : "EN", formatter: months === "ZH" ? ({ M }) => `${M}月` : undefined },
      yearLabel: { show: false },
    },
    visualMap: { show: false, min: 0, max: Math.max(1, ...values.map((value) => value ?? 0)), inRange: { color: [0, 1, 2, 3, 4].map((n) => theme[`map-${n}`]) } },
    series: [{ type: "heatmap", coordinateSystem: "calendar", data: spec.labels.map((day, at) => [day, values[at]]).filter(([, value]) => value !== null) }],
    tooltip: { ...frame(spec, theme, tell).tooltip, formatter: (one) => tip(tell.titled(one.value[0]), [["", spec.series[0].name, tell.whole(one.value[1])]]) },
  };
}

function sankey(spec, theme, tell) {
  const names = [...new Set(spec.links.flatMap(([source, target]) => [source, target]))];
  return {
    ...frame(spec, theme, tell),
    series: [{
      type: "sankey", left: 4, right: 130, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 10, draggable: false, emphasis: { focus: "adjacency" },
      data: names.map((name, at) => ({ name, itemStyle: { color: theme.series[at % 8] } })),
      links: spec.links.map(([source, target, value]) => ({ source, target, value })),
      lineStyle: { color: "source", opacity: 0.32, curveness: 0.5 }, label: { color: theme.ink, fontFamily: theme.face },
    }],
    tooltip: {
      ...frame(spec, theme, tell).tooltip,
      formatter: (one) => (one.dataType === "edge" ? tip(spec.unit, [["", `${one.data.source} → ${one.data.target}`, tell.whole(one.data.value)]]) : tip(spec.unit, [["", one.name, tell.whole(one.value)]])),
    },
  };
}

const MAKERS = { line: cartesian, area: cartesian, bar: cartesian, stacked: cartesian, scatter, radar, calendar, sankey };

function draw(figure) {
  const { chart, spec } = alive.get(figure);
  const theme = look(figure);
  chart.setOption({ ...MAKERS[spec.kind](spec, theme, teller(spec)) }, { notMerge: true });
}

// Arrow keys go from value to value, and say each: the same that the pointer shows.
function listens(figure, box, chart, spec) {
  const says = document.createElement("p");
  says.className = "unseen";
  says.setAttribute("role", "status");
  figure.append(says);
  const tell = teller(spec);
  const several = spec.kind === "scatter" ? spec.series.flatMap((one, s) => one.points.map((_, at) => [s, at])) : null;
  const count = several?.length ?? (spec.kind === "radar" ? spec.series.length : spec.kind === "sankey" ? spec.links.length : spec.labels.length);
  let at = -1;
  const show = () => {
    const [seriesIndex, dataIndex] = several ? several[at] : [0, at];
    chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex, ...(spec.kind === "sankey" ? { dataType: "edge" } : {}) });
    if (several) {
      const [x, y, name] = spec.series[seriesIndex].points[dataIndex];
      says.textContent = `${name}: ${spec.axes[0]} ${tell.grouped(x)}, ${spec.axes[1]} ${tell.grouped(y)}`;
    } else if (spec.kind === "sankey") {
      says.textContent = `${spec.links[at][0]} → ${tell.titled(spec.links[at][1])}: ${tell.whole(spec.links[at][2])}`;
    } else if (spec.kind === "radar") {
      says.textContent = `${tell.titled(spec.series[at].name)}: ${spec.labels.map((label, n) => `${label} ${tell.whole(spec.series[at].values[n])}`).join(", ")}`;
    } else {
      says.textContent = `${tell.titled(spec.labels[at])}: ${spec.series.map((one) => `${spec.series.length > 1 ? `${one.name} ` : ""}${tell.whole(one.values[at])}`).join(", ")}`;
    }
  };
  box.tabIndex = 0;
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -count, End: count }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      at = Math.min(Math.max(at + step, 0), count - 1);
      show();
    } else if (event.key === "Escape") {
      chart.dispatchAction({ type: "hideTip" });
    }
  });
  box.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
}

// The legend's words switch their series off and on.
function switches(figure, chart, spec) {
  for (const [index, item] of [...figure.querySelectorAll(".plot-legend li")].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      chart.dispatchAction({ type: on ? "legendSelect" : "legendUnSelect", name: spec.series[index].name });
    });
    item.append(button);
  }
}

export async function enliven(figure) {
  if (alive.has(figure) || figure.hasAttribute("data-alive")) {
    return;
  }
  const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  // The library writes the words of a radar along the line only; where lines run downwards the server's drawing stays.
  if (spec.kind === "radar" && figure.matches(":lang(mn-Mong)")) {
    return;
  }
  figure.setAttribute("data-alive", "waits");
  const echarts = await loaded(figure.dataset.engine);
  const box = figure.querySelector(".plot-box");
  const stage = document.createElement("div");
  stage.className = "plot-stage";
  stage.setAttribute("aria-hidden", "true");
  box.append(stage);
  figure.setAttribute("data-alive", "yes");
  const chart = echarts.init(stage, null, { renderer: "canvas", locale: spec.language.startsWith("zh") ? "ZH" : "EN" });
  alive.set(figure, { chart, spec });
  draw(figure);
  new ResizeObserver(() => chart.resize()).observe(stage);
  listens(figure, box, chart, spec);
  switches(figure, chart, spec);
}

function again() {
  for (const figure of alive.keys()) {
    if (figure.isConnected) {
      draw(figure);
    } else {
      alive.get(figure).chart.dispose();
      alive.delete(figure);
    }
  }
}

document.addEventListener("xilin:theme", again);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
still.addEventListener("change", again);
