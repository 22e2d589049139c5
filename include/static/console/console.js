// Draws the charts of a page from the data beside them, brings further parts of it when they come into view, keeps what is being written while
// a question is answered, and keeps the menu open on a wide screen. Every page works without it: a part is a link to a page of its own.
"use strict";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const KINDS = { alarm: "#d03a2b", warning: "#c28a00", low: "#2f9e63", medium: "#c28a00", high: "#e0762c", critical: "#d03a2b", default: "#8e1c20" };
const paint = (kind) => KINDS[kind] || "#8592a6";

function named(unit) {
  return { display: true, text: unit, color: color("--soft") };
}

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
      scales: axes({ x: { min: 0, title: named(data.unit) }, y: { ticks: { color: color("--soft"), autoSkip: false, callback(value) { return shorten(this.getLabelForValue(value)); } } } }),
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
    options: { scales: axes({ y: { title: named(data.unit) } }), plugins: { legend: { labels: { color: color("--ink") } } } },
  };
}

function bars(data) {
  return {
    type: "bar",
    data: { labels: data.labels, datasets: [{ data: data.values, backgroundColor: data.kinds.map(paint), borderRadius: 3, maxBarThickness: 60 }] },
    options: { scales: axes({ y: { min: 0, title: named(data.unit) } }), plugins: { legend: { display: false } } },
  };
}

function months(data) {
  const kinds = { ordered: color("--soft"), billed: color("--link"), paid: "#2f9e63", alarm: KINDS.alarm };
  const datasets = data.series.map((item) => ({ label: item.name, data: item.values, backgroundColor: kinds[item.kind], borderRadius: 2, maxBarThickness: 14 }));
  return { type: "bar", data: { labels: data.labels, datasets }, options: { scales: axes({ y: { title: named(data.unit) } }), plugins: { legend: { labels: { color: color("--ink") } } } } };
}

function shorten(text) {
  const longest = window.innerWidth < 700 ? 16 : 34;
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

const DRAWN = { waterfall, trend, bars, months };
let charts = [];

function draw() {
  charts.forEach((chart) => chart.destroy());
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  charts = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    if (data.kind === "waterfall") canvas.parentElement.classList.toggle("tall", data.labels.length > 9);
    const config = DRAWN[data.kind](data);
    config.options = { ...config.options, responsive: true, maintainAspectRatio: false, animation: false };
    return new Chart(canvas, config);
  });
}

async function bring(section, address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector("[data-part]");
  if (!answer.ok || !part) return;
  section.replaceChildren(section.querySelector("h2"), document.adoptNode(part));
  section.removeAttribute("data-later");
  section.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    bring(section, `${form.action}?${new URLSearchParams(new FormData(form))}`);
  }));
  if (typeof Chart !== "undefined") draw();
}

function watch() {
  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    seen.unobserve(entry.target);
    bring(entry.target, entry.target.dataset.later);
  }), { rootMargin: "300px" });
  document.querySelectorAll("[data-later]").forEach((section) => seen.observe(section));
}

// A question that is answered, or a remark, brings the page anew around what is being written: nothing typed is lost, and the reader stays in place.
const FIELDS = "form[method=post] :is(textarea, select, input:not([type=hidden]))";
const place = (field) => [field.form.getAttribute("action"), field.form.querySelector("[name=item]")?.value, field.name].join(" ");

function carry(from, to, sent) {
  const fresh = new Map([...to.querySelectorAll(FIELDS)].map((field) => [place(field), field]));
  [...from.querySelectorAll(FIELDS)].filter((field) => field.form !== sent && fresh.has(place(field))).forEach((field) => {
    fresh.get(place(field)).value = field.value;
    fresh.get(place(field)).checked = field.checked;
  });
  const unfolded = [...from.querySelectorAll("#acts details")].map((part) => part.open);
  to.querySelectorAll("#acts details").forEach((part, number) => { part.open = unfolded[number] ?? part.open; });
}

async function send(form, button) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)), headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.querySelector("main");
  const fresh = document.adoptNode(page.querySelector("main"));
  carry(main, fresh, form);
  main.replaceWith(fresh);
  begin();
  const next = fresh.querySelector(".notice.bad") || fresh.querySelector(form.dataset.stay) || fresh.querySelector("#acts") || fresh;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function stay(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.inert = true;
    send(form, event.submitter).catch(() => window.location.reload());
  });
}

function tick(button) {
  button.hidden = false;
  button.addEventListener("click", () => button.form.querySelectorAll("input[name=ids]").forEach((box) => { box.checked = true; }));
}

function begin() {
  watch();
  document.querySelectorAll("form[data-stay]").forEach(stay);
  document.querySelectorAll("button[data-all]").forEach(tick);
  if (typeof Chart !== "undefined") draw();
}

const wide = window.matchMedia("(min-width: 44.01rem)");
function open() {
  document.querySelectorAll("details.menu").forEach((menu) => { menu.open = wide.matches; });
}

function close(event) {
  const menu = document.querySelector("details.menu[open]");
  if (event.key !== "Escape" || wide.matches || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

document.addEventListener("DOMContentLoaded", () => {
  open();
  wide.addEventListener("change", open);
  document.addEventListener("keydown", close);
  begin();
  if (typeof Chart !== "undefined") window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
});
