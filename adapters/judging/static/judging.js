/** Shows one sample after the other, and tells the server what was decided. Text only ever goes in as text. */

import { byId, el, words } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const FILTERS = { split: "Split", kind: "Kind", retrieved: "Retrieved", judged: "Judged" };
const REASONS = ["Wrong answer", "Wrong name", "Wrong box", "Bad picture", "Bad language"];

const state = { numbers: [], at: 0, shown: null, counts: {} };

// ── the server ────────────────────────────────────────────────────────────────────────────────────

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The program has ended: start it again, and open its new link.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? "That did not work.");
  return body;
}

/** Do something, and show the sentence of what goes wrong. */
async function attempt(action) {
  const problem = byId("problem");
  try {
    problem.hidden = true;
    await action();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

// ── filters ───────────────────────────────────────────────────────────────────────────────────────

const wanted = () => new URLSearchParams(new FormData(byId("filters")));

function showFilters() {
  const chosen = Object.fromEntries(wanted());
  byId("filters").replaceChildren(
    ...Object.entries(FILTERS).map(([name, label]) => {
      const values = { ...(chosen[name] ? { [chosen[name]]: 0 } : {}), ...state.counts[name] };
      const options = Object.entries(values).map(([value, count]) => {
        const text = `${value} (${count.toLocaleString("en")})`;
        return el("option", { value, text, selected: chosen[name] === value });
      });
      return el("label", {}, label, el("select", { name }, el("option", { value: "", text: "all" }), ...options));
    }),
  );
}

async function refreshCounts() {
  state.counts = await ask("/api/summary");
  showFilters();
}

async function choose() {
  state.numbers = (await ask(`/api/samples?${wanted()}`)).numbers;
  state.at = 0;
  await show();
}

// ── a sample ──────────────────────────────────────────────────────────────────────────────────────

async function show() {
  const none = state.numbers.length === 0;
  byId("sample").hidden = none;
  byId("none").hidden = !none;
  closeReasons();
  for (const id of ["previous", "keep", "leave", "undecide", "next"]) byId(id).disabled = none;
  if (none) {
    state.shown = null;
    byId("position").textContent = "";
    return;
  }
  const number = state.numbers[state.at];
  const one = await ask(`/api/samples/${number}`);
  if (number === state.numbers[state.at]) draw(one);
}

function draw(one) {
  state.shown = one;
  const judged = one.keep === null ? "not judged" : one.keep ? "kept" : `left out${one.reason ? `: ${one.reason}` : ""}`;
  const count = `${(state.at + 1).toLocaleString("en")} of ${state.numbers.length.toLocaleString("en")}`;
  byId("position").textContent = `${count} · ${one.kind}, ${one.split} · ${judged}`;
  byId("keep").setAttribute("aria-pressed", String(one.keep === true));
  byId("leave").setAttribute("aria-pressed", String(one.keep === false));
  byId("undecide").disabled = one.keep === null;
  byId("previous").disabled = state.at === 0;
  byId("next").disabled = state.at === state.numbers.length - 1;
  drawPhoto(one);
  const noise = new Set(one.concepts.filter((known) => known.noise).map((known) => known.name));
  byId("talk").replaceChildren(...one.turns.map((turn) => drawTurn(turn, noise)));
  byId("known").replaceChildren(...one.concepts.map((known, index) => drawConcept(one, known, index)));
  byId("known-title").parentElement.hidden = one.concepts.length === 0;
  const rows = { sample: one.id, retrieved: one.retrieved, ...one.from };
  byId("from").replaceChildren(
    ...Object.entries(rows)
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [el("dt", { text: name }), words("dd", value)]),
  );
  byId("sample").scrollTop = 0;
}

const picture = (one, index) => `/api/samples/${one.number}/pictures/${index}`;

/** A picture, or a sentence where it can't be shown. */
function shownPicture(source, alt) {
  const image = el("img", { src: source, alt });
  image.addEventListener("error", () => image.replaceWith(el("p", { text: "This picture can't be opened." })));
  return image;
}

function drawPhoto(one) {
  const frame = byId("frame");
  if (!one.image) {
    frame.replaceChildren(el("p", { text: "There is no photo: the question is answered from the texts alone." }));
    byId("photo-note").textContent = "";
    return;
  }
  frame.replaceChildren(shownPicture(picture(one, 0), `The photo of sample ${one.id}`));
  if (one.size) frame.append(drawBoxes(one));
  const changed = one.from["changed by"];
  byId("photo-note").textContent = changed ? `This picture was changed: ${changed}.` : "";
}

function shape(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawBoxes(one) {
  const [width, height] = one.size;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const size = Math.max(width, height) / 32;
  one.concepts.forEach((known, index) => {
    if (!known.box) return;
    const [x, y, right, bottom] = known.box;
    const edges = { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
    const group = shape("g", { class: known.noise ? "noise" : "there" });
    const label = String(index + 1);
    const tag = { x, y, width: size * (0.8 + 0.62 * label.length), height: size * 1.4, class: "tag" };
    const text = { x: x + size * 0.4, y: y + size * 1.05, "font-size": size };
    group.append(shape("rect", { ...edges, class: "edge" }), shape("rect", { ...edges, class: "line" }));
    group.append(shape("rect", tag), shape("text", text, label));
    svg.append(group);
  });
  return svg;
}

/** A sample's words, in which `<bo>` becomes a name that is seen as one. */
function withNames(tag, text, className, noise = new Set()) {
  const parts = text.split(/<(?!image>)([^<>\n]{1,64})>/u);
  const children = parts.map((part, index) =>
    index % 2 ? el("mark", { text: part, class: noise.has(part) ? "wrong" : null }) : part,
  );
  return el(tag, { class: className, dir: "auto" }, ...children);
}

function drawTurn(turn, noise) {
  return el("li", {}, withNames("p", turn.question, "question"), withNames("p", turn.answer, "answer", noise));
}

function drawConcept(one, known, index) {
  const place = known.box || !one.image ? "" : ", not seen in the photo";
  const sort = known.noise ? `retrieved by mistake${place}` : `${known.category || "there"}${place}`;
  return el(
    "li",
    { class: known.noise ? "noise" : null },
    shownPicture(picture(one, index + 1), `The reference of ${known.name}`),
    el("strong", { dir: "auto", text: `${index + 1}. ${known.name}` }),
    el("span", { class: "sort", text: sort }),
    words("p", known.info),
  );
}

// ── deciding ──────────────────────────────────────────────────────────────────────────────────────

async function decide(keep, reason = "") {
  if (!state.shown) return;
  const { number } = state.shown;
  closeReasons();
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ keep, reason });
  const one = await ask(`/api/samples/${number}/judgement`, { method: "POST", headers, body });
  await refreshCounts();
  if (keep !== null && state.at < state.numbers.length - 1) await move(1);
  else draw(one);
}

async function move(step) {
  const to = state.at + step;
  if (to < 0 || to >= state.numbers.length) return;
  state.at = to;
  await show();
}

function openReasons() {
  if (!state.shown) return;
  byId("why").hidden = false;
  byId("choices").hidden = true;
  byId("reason").value = "";
  byId("reasons").firstElementChild.focus();
}

function closeReasons() {
  const wasOpen = !byId("why").hidden;
  byId("why").hidden = true;
  byId("choices").hidden = false;
  if (wasOpen) byId("sample").focus();
}

const KEYS = {
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
  k: () => decide(true),
  x: openReasons,
  u: () => state.shown?.keep !== null && decide(null),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const open = !byId("why").hidden;
  if (event.key === "Escape" && open) return closeReasons();
  if (event.target.closest("select, input")) return;
  const chosen = open ? REASONS[Number(event.key) - 1] : undefined;
  const action = open ? chosen && (() => decide(false, chosen)) : KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  attempt(async () => action());
}

byId("reasons").append(
  ...REASONS.map((reason, index) =>
    el(
      "button",
      { type: "button", class: "button", on: { click: () => attempt(() => decide(false, reason)) } },
      `${reason} `,
      el("kbd", { text: String(index + 1) }),
    ),
  ),
);
byId("filters").addEventListener("change", () => attempt(choose));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("why").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => decide(false, byId("reason").value));
});
byId("not-now").addEventListener("click", closeReasons);
byId("previous").addEventListener("click", () => attempt(() => move(-1)));
byId("next").addEventListener("click", () => attempt(() => move(1)));
byId("keep").addEventListener("click", () => attempt(() => decide(true)));
byId("undecide").addEventListener("click", () => attempt(() => decide(null)));
byId("leave").addEventListener("click", openReasons);
document.addEventListener("keydown", onKey);

await attempt(async () => {
  await refreshCounts();
  await choose();
});
