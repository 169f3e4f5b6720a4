"use strict";
// Everything that comes from documents or servers is shown as text, never as markup.

const ROWS = 200;
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const decimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

let table = { columns: [], signs: new Map() };
let waiting = [];
let source = null;
let isOver = false;

// ---- the token: from the address, then kept for this tab only
const given = new URLSearchParams(location.search).get("token");

if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}

const token = () => sessionStorage.getItem("token") || "";

function ask(path, body) {
  const headers = token() ? { Authorization: `Bearer ${token()}` } : {};

  return fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body ? JSON.stringify(body) : undefined });
}

// ---- pieces
function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);

  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);

  if (text !== undefined) made.textContent = text;

  made.append(...children);

  return made;
}

function fill(svg, parts, words) {
  let start = 0;
  const rects = parts.map(({ style, share, title }) => {
    const rect = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ class: style, x: start, y: 0, width: Math.max(share, 0), height: 10 })) rect.setAttribute(key, value);

    if (title) {
      const said = document.createElementNS(SVG, "title");
      said.textContent = title;
      rect.append(said);
    }

    start += Math.max(share, 0);

    return rect;
  });
  svg.replaceChildren(...rects);
  svg.setAttribute("aria-label", words);
}

function mark(sign) {
  return element("span", { class: `mark ${sign.style}`, "aria-hidden": "true", text: sign.symbol });
}

function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;

  const minutes = Math.round(seconds / 60);

  if (minutes < 60) return `${minutes} min`;

  const hours = Math.floor(minutes / 60);

  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const money = (amount, currency) => `${amount.toFixed(amount === 0 || amount >= 0.01 ? 2 : 4)} ${currency}`;

// ---- what the server says
function begin(facts) {
  isOver = false;
  table = { columns: facts.columns, signs: new Map(facts.signs.map((sign) => [sign.key, sign])) };
  $("title").textContent = facts.title;
  $("assessor").textContent = facts.assessor;
  $("columns").replaceChildren(
    element("th", { scope: "col", class: "study", text: "Study" }),
    ...facts.columns.map((column) => element("th", { scope: "col" }, element("span", { class: "number", text: column.id }), column.name)),
  );
  $("legend").replaceChildren(...facts.signs.map((sign) => element("li", {}, mark(sign), sign.words)));
  $("rows").replaceChildren();
  waiting = facts.rows.slice();
  draw();
  show(facts);
}

function show({ status, totals }) {
  const { progress } = status;
  const finished = progress.done + progress.failed;
  state(status.state);
  $("finished").textContent = number.format(finished);
  $("total").textContent = number.format(progress.total);
  const parts = [["done", status.assessed, "assessed"], ["refused", status.refused, "refused"], ["failed", progress.failed, "failed"]];
  const words = [...parts.map(([, count, word]) => `${number.format(count)} ${word}`), `${number.format(Math.max(progress.total - finished, 0))} left`].join(" · ");
  $("parts").textContent = words;
  fill($("bar"), parts.map(([style, count, title]) => ({ style, share: (100 * count) / (progress.total || 1), title: `${title}: ${count}` })), words);
  $("rate").textContent = `${decimal.format(progress.rate * 60)} a minute`;
  $("time-left").textContent = finished >= progress.total ? "none" : progress.seconds_left === null || status.state !== "working" ? "–" : `about ${duration(progress.seconds_left)}`;
  $("in-work").textContent = `${number.format(status.in_work)} of ${number.format(status.workers)}`;
  $("calls").textContent = number.format(status.calls_in_flight) + (status.uncertain ? ` (${number.format(status.uncertain)} uncertain)` : "");
  $("batch").textContent = `${number.format(status.batch)} of ${number.format(status.batches)}`;
  $("session").textContent = status.session;
  $("pause").textContent = status.state === "paused" ? "Continue" : "Pause";

  if (document.activeElement !== $("workers") && status.workers) $("workers").value = status.workers;

  document.title = `${progress.total ? Math.floor((100 * finished) / progress.total) : 0} % · robasync`;
  $("trouble").hidden = !progress.trouble;

  if (progress.trouble) $("trouble").textContent = `The disk refuses (${progress.trouble.problem}): no new call is made until it takes records again.`;

  showMoney(status.money);
  showModels(status.models);
  showFailures(status);
  showSums(totals);
}

function showMoney({ spent, reserved, cap, currency }) {
  $("spent").textContent = spent === null ? "price unknown" : money(spent, currency);
  $("cap").textContent = cap === null ? "no cap" : `of ${money(cap, currency)}`;
  $("money").toggleAttribute("hidden", cap === null);

  if (cap !== null) {
    const whole = cap || 1;
    const words = `${money(spent || 0, currency)} spent, ${money(reserved, currency)} held back, cap ${money(cap, currency)}`;
    fill($("money"), [{ style: "done", share: Math.min(100, (100 * (spent || 0)) / whole) }, { style: "held", share: Math.min(100, (100 * reserved) / whole) }], words);
    $("money").parentElement.title = words;
  }
}

function showModels(models) {
  const rate = (value) => (value === null ? "none known" : decimal.format(value));
  const rows = models.map((model) => element("tr", {},
    element("th", { scope: "row" }, element("span", { class: "label", text: model.name }), element("span", { class: "file", text: model.address })),
    element("td", { text: model.is_down ? "down" : model.waits > 0 ? `rests ${duration(model.waits)}` : "up" }),
    element("td", { text: model.width === null ? number.format(model.in_flight) : `${number.format(model.in_flight)} of ${number.format(model.width)}` }),
    element("td", { text: rate(model.requests_per_minute) }),
    element("td", { text: rate(model.tokens_per_minute) }),
    element("td", { text: number.format(model.refused) })));
  $("models").replaceChildren(...(rows.length ? rows : [element("tr", {}, element("td", { class: "empty", colspan: 6, text: "No model is asked." }))]));
}

function showFailures({ errors, errors_total: total }) {
  const lines = [...errors].reverse().map(({ document: name, error, time }) => element("li", {},
    element("span", { class: "label", text: name }), element("span", { text: error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error }), element("span", { class: "file", text: time.slice(0, 19).replace("T", " ") })));
  $("failures-total").textContent = total > errors.length ? `newest ${number.format(errors.length)} of ${number.format(total)}` : total ? number.format(total) : "";
  $("failures").replaceChildren(...(lines.length ? lines : [element("li", { class: "none", text: "None." })]));
}

function showSums(totals) {
  const lines = table.columns.map((column) => {
    const counts = [...table.signs.values()].map((sign) => [sign, (totals[column.id] || {})[sign.key] || 0]).filter(([, count]) => count);
    const all = counts.reduce((sum, [, count]) => sum + count, 0) || 1;
    const svg = document.createElementNS(SVG, "svg");

    for (const [key, value] of Object.entries({ viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" })) svg.setAttribute(key, value);

    fill(svg, counts.map(([sign, count]) => ({ style: sign.style, share: (100 * count) / all, title: `${sign.words}: ${count}` })),
      `${column.name}: ${counts.map(([sign, count]) => `${sign.words} ${count}`).join(", ") || "nothing yet"}`);

    return element("div", { class: "bar" },
      element("span", {}, element("span", { class: "number", text: column.id }), column.name),
      svg,
      element("span", { class: "counts" }, ...counts.map(([sign, count]) => element("span", { title: sign.words, text: `${sign.symbol} ${number.format(count)}` }))));
  });
  $("sums").replaceChildren(...lines);
}

// ---- the table: rows that come together are drawn together, and no more than are kept
function row(facts) {
  const name = element("th", { scope: "row", class: "study" }, element("span", { class: "label", text: facts.study }));

  if (facts.study !== facts.document) name.append(element("span", { class: "file", text: facts.document }));

  const cells = facts.status === "assessed"
    ? table.columns.map((column) => cell(facts, column))
    : [element("td", { class: "why", colspan: Math.max(table.columns.length, 1) }, element("p", {}, element("span", { class: "tag", text: facts.status }), facts.message))];

  return element("tr", { class: `${facts.status} new`, "data-number": facts.number }, name, ...cells);
}

function cell(facts, column) {
  const key = facts.cells[column.id];

  if (key === undefined) return element("td");

  const sign = table.signs.get(key) || { key, style: "state-incomplete", symbol: "…", words: key };

  return element("td", { title: `${column.name}: ${sign.words}` }, mark(sign), element("span", { class: "hidden", text: sign.words }));
}

function draw() {
  const body = $("rows");
  const rows = waiting.slice(-ROWS).reverse().map(row);
  waiting = [];

  if (rows.length) {
    body.querySelector(".empty")?.parentElement.remove();
    body.prepend(...rows);
  }

  while (body.rows.length > ROWS) body.lastElementChild.remove();

  if (!body.rows.length) body.append(element("tr", {}, element("td", { class: "empty", colspan: table.columns.length + 1, text: "No study is finished yet." })));

  const newest = Number(body.rows[0].dataset.number || 0);
  $("shown").textContent = newest ? `The newest ${number.format(body.rows.length)} of ${number.format(newest)} that this run has finished; the newest stands first.` : "";
}

function outcome(facts) {
  waiting.push(facts);

  if (waiting.length === 1) requestAnimationFrame(draw);

  if (waiting.length > 2 * ROWS) waiting = waiting.slice(-ROWS);
}

// ---- the line to the server
function state(name) {
  $("state").dataset.state = name;
  $("state").textContent = name;

  for (const control of document.querySelectorAll(".controls button, .controls input")) control.disabled = ["ended", "lost", "draining"].includes(name);
}

async function connect() {
  const answer = await ask("/status").catch(() => null);

  if (answer?.status === 401) {
    $("unlock").hidden = false;
    $("refused").textContent = token() ? "That is not the token." : "";
    return;
  }

  $("unlock").hidden = true;
  source = new EventSource(token() ? `/events?token=${encodeURIComponent(token())}` : "/events");
  const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("begin", begin);
  on("status", show);
  on("outcome", outcome);
  on("end", (facts) => {
    show(facts);
    isOver = true;
    source.close();
    state("ended");
  });
  source.onerror = () => {
    if (!isOver) state("lost");

    if (source.readyState === EventSource.CLOSED && !isOver) setTimeout(connect, 3000);
  };
}

// ---- controls
async function control(path, body, done) {
  const answer = await ask(path, body).catch(() => null);
  $("answer").textContent = answer?.ok ? done : answer ? (await answer.text()).trim() : "The run does not answer.";

  if (answer?.ok) {
    const now = await answer.json();
    state(now.state);
    $("pause").textContent = now.state === "paused" ? "Continue" : "Pause";
  }
}

$("pause").addEventListener("click", () => ($("pause").textContent === "Pause" ? control("/pause", {}, "No further study begins.") : control("/continue", {}, "The run goes on.")));
$("checkpoint").addEventListener("click", () => control("/checkpoint", {}, "A checkpoint is being saved."));
$("resize").addEventListener("submit", (event) => {
  event.preventDefault();
  control("/workers", { workers: Number($("workers").value) }, `${$("workers").value} studies at a time from now on.`);
  $("workers").blur();
});
$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", $("token").value.trim());
  connect();
});
connect();
