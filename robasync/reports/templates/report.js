"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("table"), detail = byId("detail"), body = byId("detail-body");
  const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.study !== undefined);
  const names = rows.map((row) => row.dataset.study.toLowerCase());
  const cells = rows.map((row) => [...row.querySelectorAll("button.mark")]);
  const itemNames = new Map([...byId("filter-item").options].map((option) => [option.value, option.text]));
  let open = null;

  // Everything that comes from a document is set as text, never as markup.
  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const section = (title, ...content) => {
    if (content.length) body.append(element("h3", title), ...content);
  };

  const list = (texts, className) => {
    const made = element("ul", undefined, className);
    made.append(...texts.map((text) => element("li", text)));
    return made;
  };

  const placed = (place) => {
    if (!place) return "";
    return /^\d/.test(place) ? `Page ${place}. ` : `${place[0].toUpperCase()}${place.slice(1)}. `;
  };

  const quotation = (quote) => {
    const made = element("blockquote", quote.text, quote.found ? "" : "missing");
    made.append(element("footer", placed(quote.place) + quote.verification));
    return made;
  };

  const fill = (button) => {
    const study = JSON.parse(button.closest("tr").querySelector("script").textContent);
    const item = study.items[button.dataset.item];
    const mark = element("span", button.textContent, button.className.replace("match", ""));
    mark.setAttribute("aria-hidden", "true");
    byId("detail-mark").replaceChildren(mark, element("span", item.step2 || item.state));
    byId("detail-title").textContent = itemNames.get(button.dataset.item);
    body.replaceChildren(element("p", `${study.study} · ${study.document} · outcome: ${study.result}`, "of"));
    if (item.step1) section("Step 1, what happened", element("p", item.step1));
    if (item.support) section(item.step2 ? "Support for the proposed judgement" : "Why there is no judgement", element("p", item.support));
    section(item.quotes.length === 1 ? "Quote" : "Quotes", ...item.quotes.map(quotation));
    if (item.searched.length) section("Searched for", list(item.searched, "terms"));
    if (item.rule) section("Rule", element("p", item.rule));
    if (item.notes.length) section("Notes", list(item.notes));
    if (study.notes.length) section("About this document", list(study.notes));
    section("Assessor", element("p", study.kind));
  };

  const close = () => {
    if (!open) return;
    open.setAttribute("aria-expanded", "false");
    open.focus();
    open = null;
    detail.hidden = true;
    document.body.classList.remove("open");
  };

  const show = (button) => {
    if (open) open.setAttribute("aria-expanded", "false");
    fill(button);
    button.setAttribute("aria-expanded", "true");
    open = button;
    detail.hidden = false;
    detail.scrollTop = 0;
    document.body.classList.add("open");
    const isNarrow = matchMedia("(max-width: 74.99rem)").matches;
    button.scrollIntoView({ block: isNarrow ? "start" : "nearest", inline: "nearest" });
  };

  const neighbour = (button, key) => {
    const cell = button.closest("td"), row = cell.parentElement;
    if (key === "ArrowLeft") return cell.previousElementSibling?.querySelector("button");
    if (key === "ArrowRight") return cell.nextElementSibling?.querySelector("button");
    const step = key === "ArrowUp" ? "previousElementSibling" : "nextElementSibling";
    let next = row[step];
    while (next && next.hidden) next = next[step];
    return next?.cells[cell.cellIndex]?.querySelector("button");
  };

  table.addEventListener("click", (event) => {
    const button = event.target.closest("button.mark");
    if (!button) return;
    if (button === open) return close();
    show(button);
    if (event.detail === 0) detail.focus();
  });

  table.addEventListener("keydown", (event) => {
    const button = event.target.closest("button.mark");
    if (!button || !event.key.startsWith("Arrow")) return;
    const next = neighbour(button, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (open) show(next);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  byId("detail-close").addEventListener("click", close);

  const filter = () => {
    const text = byId("filter-study").value.trim().toLowerCase();
    const item = byId("filter-item").value, mark = byId("filter-mark").value;
    let shown = 0;
    table.classList.toggle("filtered", Boolean(item || mark));
    rows.forEach((row, index) => {
      let matches = 0;
      for (const button of cells[index]) {
        const match = (!item || button.dataset.item === item) && (!mark || button.dataset.mark === mark);
        button.classList.toggle("match", match);
        matches += match;
      }
      row.hidden = !names[index].includes(text) || (Boolean(item || mark) && matches === 0);
      shown += !row.hidden;
    });
    byId("shown").value = shown === rows.length ? `${shown} studies` : `${shown} of ${rows.length} studies`;
  };

  const filters = byId("filters");
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(filter));
  filters.hidden = rows.length === 0;
  filter();
})();
