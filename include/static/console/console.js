// Draws the charts of a page from the data beside them, and keeps the menu open on a wide screen. Every page works without it.
"use strict";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const KINDS = { alarm: "#d03a2b", warning: "#c28a00", low: "#2f9e63", medium: "#c28a00", high: "#e0762c", critical: "#d03a2b", default: "#8e1c20" };
const paint = (kind) => KINDS[kind] || "#8592a6";

function axes(extra) {
  const grid = { color: color("--rule") };
  const ticks = { color: color("--soft") };
  return { x: { grid, ticks, ...extra.x }, y: { grid, ticks, ...extra.y } };
}

function waterfall(data) {
  return {
    type: "bar",
    data: { labels: data.labels, datasets: [{ data: data.bars, backgroundColor: data.kinds.map(paint), borderRadius: 3, maxBarThickness: 22 }] },
    options: {
      indexAxis: "y",
      scales: axes({ x: { min: 0 }, y: { ticks: { color: color("--soft"), autoSkip: false, callback(value) { return shorten(this.getLabelForValue(value)); } } } }),
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => (item.raw[1] - item.raw[0]).toFixed(1) } } },
    },
  };
}

function trend(data) {
  const line = (name, value, kind) => ({ label: name, data: data.labels.map(() => value), borderColor: paint(kind), borderDash: kind === "alarm" ? [] : [6, 4], borderWidth: 2, pointRadius: 0 });
  return {
    type: "line",
    data: {
      labels: data.labels,
      datasets: [
        { label: data.name, data: data.values, borderColor: color("--link"), backgroundColor: color("--link"), borderWidth: 2, pointRadius: data.values.length < 40 ? 4 : 0, spanGaps: true },
        ...data.lines.map((item) => line(item.name, item.value, item.kind)),
      ],
    },
    options: { scales: axes({}), plugins: { legend: { labels: { color: color("--ink") } } } },
  };
}

function bars(data) {
  return {
    type: "bar",
    data: { labels: data.labels, datasets: [{ data: data.values, backgroundColor: data.kinds.map(paint), borderRadius: 3, maxBarThickness: 60 }] },
    options: { scales: axes({ y: { min: 0 } }), plugins: { legend: { display: false } } },
  };
}

function shorten(text) {
  const longest = window.innerWidth < 700 ? 16 : 34;
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

const DRAWN = { waterfall, trend, bars };
let charts = [];

function draw() {
  charts.forEach((chart) => chart.destroy());
  charts = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    if (data.kind === "waterfall") canvas.parentElement.classList.toggle("tall", data.labels.length > 9);
    const config = DRAWN[data.kind](data);
    config.options = { ...config.options, responsive: true, maintainAspectRatio: false, animation: false };
    return new Chart(canvas, config);
  });
}

const wide = window.matchMedia("(min-width: 44.01rem)");
function open() {
  document.querySelectorAll("details.menu").forEach((menu) => { menu.open = wide.matches; });
}

document.addEventListener("DOMContentLoaded", () => {
  open();
  wide.addEventListener("change", open);
  if (typeof Chart !== "undefined") {
    draw();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }
});
