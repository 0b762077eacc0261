"use strict";
// Draws the table of tests from the data in the page. Everything from the run becomes text nodes, never markup.
(() => {
  const ROW = 30, SPARE = 12;
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (name === "onclick") element.addEventListener("click", value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const count = (number) => number.toLocaleString("en-US");
  const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

  // [number, how often, …] back to one number a test.
  const spread = (runs, size) => {
    const found = new Int32Array(size);
    let place = 0;
    for (let index = 0; index < runs.length; index += 2) {
      found.fill(runs[index], place, place + runs[index + 1]);
      place += runs[index + 1];
    }
    return found;
  };
  const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const seconds = (step) => (step === 0 ? null : (2 ** ((step - 1) / 12) - 1) / 1000);
  const duration = (value) => value === null ? "" : value < 0.0995 ? `${Math.round(value * 1000)} ms` : value < 9.95 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;

  const state = { q: "", file: "", verdict: "", cause: "", origin: "", outcome: "", cell: "", owner: "", sort: "news", theme: "", test: "" };
  const FIELDS = Object.keys(state);
  let data, size, stemOf, patternOf, groupOf, ownerOf, times, facts, groups = [], order = [], open = new Set(), lower = null;
  let focus = { row: 0, column: 0 }, listed = [], shown = new Map();

  const theme = () => {
    if (state.theme) document.documentElement.setAttribute("data-theme", state.theme);
    else document.documentElement.removeAttribute("data-theme");
  };
  const readHash = () => {
    const found = new URLSearchParams(location.hash.slice(1));
    for (const field of FIELDS) state[field] = found.get(field) || (field === "sort" ? "news" : "");
  };
  const writeHash = () => {
    const words = new URLSearchParams();
    for (const field of FIELDS) if (state[field] && !(field === "sort" && state.sort === "news")) words.set(field, state[field]);
    const text = words.toString();
    // Replaced, not pushed: every letter of a search would be a step back.
    try { history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search); } catch { /* a sandboxed page */ }
  };

  const idOf = (test) => data.stems[stemOf[test]] + data.names[test];
  const searchable = () => {
    if (lower === null) lower = data.names.map((name, test) => (data.stems[stemOf[test]] + name).toLowerCase());
    return lower;
  };

  // Which patterns can match at all; then which tests of those do.
  const matching = () => {
    const verdict = data.verdicts.indexOf(state.verdict);
    const cause = state.cause ? data.causes.findIndex((one) => one[0] === state.cause) : -1;
    const letter = Object.keys(data.signs).find((one) => data.signs[one][1] === state.outcome);
    const cell = data.cells.findIndex((one) => one.id === state.cell);
    const usable = data.patterns.map(([outcomes, verdicts, causes]) =>
      (!state.verdict || verdicts.includes(verdict)) &&
      (!state.cause || causes.includes(cause)) &&
      (!state.origin || causes.some((one) => data.causes[one][2] === state.origin)) &&
      (!state.outcome || (cell < 0 ? outcomes.includes(letter) : outcomes[cell] === letter)));
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const stems = data.stems.map((stem) => stem.toLowerCase().includes(state.file.toLowerCase()));
    const owner = data.owners.indexOf(state.owner);
    const names = words.length ? searchable() : null;
    const found = [];
    for (let test = 0; test < size; test++) {
      if (!usable[patternOf[test]] || (state.file && !stems[stemOf[test]]) || (state.owner && ownerOf[test] !== owner)) continue;
      if (names !== null && !words.every((word) => names[test].includes(word))) continue;
      found.push(test);
    }
    return found;
  };

  const slowest = (test) => Math.max(...times.map((column) => (column ? column[test] : 0)));
  const changed = (test) => {
    const known = times.map((column) => (column ? column[test] : 0)).filter(Boolean);
    return known.length < 2 ? 0 : Math.max(...known) - Math.min(...known);
  };

  // The rows to draw: {group} or {test}. Grouped by pattern, news first; flat where another order is asked for.
  const arrange = () => {
    const found = matching();
    order = [];
    groups = [];
    if (state.sort === "news" || state.sort === "size") {
      const members = new Map();
      for (const test of found) {
        const pattern = groupOf[patternOf[test]];
        if (members.has(pattern)) members.get(pattern).push(test); else members.set(pattern, [test]);
      }
      groups = [...members].map(([pattern, tests]) => ({ pattern, tests }));
      const rank = (group) => data.patterns[group.pattern][3];
      groups.sort((one, other) => (state.sort === "size" ? other.tests.length - one.tests.length : rank(one) - rank(other) || other.tests.length - one.tests.length) || one.pattern - other.pattern);
      for (const group of groups) {
        if (group.tests.length === 1) { order.push({ test: group.tests[0] }); continue; }
        order.push({ group });
        if (open.has(group.pattern)) for (const test of group.tests) order.push({ test, inside: true });
      }
    } else {
      const key = state.sort === "slow" ? slowest : state.sort === "change" ? changed : null;
      if (key) { const keys = new Map(found.map((test) => [test, key(test)])); found.sort((one, other) => keys.get(other) - keys.get(one) || one - other); }
      order = found.map((test) => ({ test }));
    }
    listed = found;
    const message = `${plural(found.length, "test")}${found.length === size ? "" : ` of ${count(size)}`}${groups.length ? ` in ${plural(groups.length, "group")} of equal results` : ""}`;
    byId("shown").textContent = message;
    byId("grid").setAttribute("aria-rowcount", order.length + 1);
    byId("space").style.height = `${order.length * ROW}px`;
    byId("view").style.height = `min(70vh, ${Math.max(3, order.length) * ROW + byId("head").offsetHeight + 2}px)`;
    focus.row = Math.min(focus.row, Math.max(0, order.length - 1));
    shown.forEach((row) => row.remove());
    shown.clear();
    draw();
  };

  const words = (pattern) => {
    const [, verdicts] = data.patterns[pattern];
    const found = new Map();
    verdicts.forEach((verdict, index) => {
      const word = data.verdicts[verdict];
      if (found.has(word)) found.get(word).push(data.versions[index]); else found.set(word, [data.versions[index]]);
    });
    // Verdicts are listed worst first.
    return [...found].sort((one, other) => data.verdicts.indexOf(one[0]) - data.verdicts.indexOf(other[0])).map(([word, versions]) => `${word} ${versions.join(", ")}`).join(" · ");
  };
  const explained = (pattern) => [...new Set(data.patterns[pattern][1])].sort((one, other) => one - other).map((one) => `${data.verdicts[one]}: ${data.meanings[one]}`).join("\n");
  const bad = new Set(["breaks", "new-failure", "changed-environment", "will-break", "dependency-will-break"]);
  const tone = (pattern) => {
    const found = data.patterns[pattern][1].map((one) => data.verdicts[one]);
    return found.some((one) => bad.has(one)) ? "bad" : data.patterns[pattern][3] === 99 ? "plain" : found.includes("unknown") ? "unknown" : "warn";
  };

  const drawRow = (index) => {
    const item = order[index];
    const pattern = item.group ? item.group.pattern : patternOf[item.test];
    const outcomes = data.patterns[pattern][0];
    const causes = item.group ? [...new Set(item.group.tests.slice(0, 500).flatMap((test) => data.patterns[patternOf[test]][2]))] : data.patterns[pattern][2];
    let first;
    if (item.group) {
      const isOpen = open.has(pattern);
      first = make("span", { role: "gridcell", class: "name", "data-column": 0, tabindex: -1, "aria-expanded": String(isOpen) },
        make("span", { class: "twist", "aria-hidden": "true" }, isOpen ? "▾" : "▸"), ` ${plural(item.group.tests.length, "test")}`);
    } else {
      const test = item.test;
      first = make("span", { role: "gridcell", class: item.inside ? "name inside" : "name", "data-column": 0, tabindex: -1, title: idOf(test) },
        make("bdi", {}, make("span", { class: "stem" }, data.stems[stemOf[test]]), make("span", { class: "own" }, data.names[test])));
    }
    const row = make("div", { role: "row", class: `row ${item.group ? "group" : ""}`, "aria-rowindex": index + 2 }, first,
      make("span", { role: "gridcell", class: `verdict ${tone(pattern)}`, "data-column": 1, tabindex: -1, title: explained(pattern) }, words(pattern),
        causes.length ? " · " : null, causes.length > 1 ? `${plural(causes.length, "cause")}: ` : null,
        ...causes.slice(0, 1).map((one) => make("a", { href: `#${data.causes[one][0]}`, title: data.causes[one][1], tabindex: -1 }, data.causes[one][1]))));
    data.cells.forEach((cell, column) => {
      const [sign, word, look] = data.signs[outcomes[column]];
      row.append(make("span", { role: "gridcell", class: `mark ${look}`, "data-column": column + 2, tabindex: -1, "aria-label": `${cell.id}: ${word}`, title: `${cell.id}: ${word}` }, sign));
    });
    row.style.transform = `translateY(${index * ROW}px)`;
    row.dataset.index = index;
    return row;
  };

  const draw = () => {
    const view = byId("view");
    const start = Math.max(0, Math.floor(view.scrollTop / ROW) - SPARE);
    const end = Math.min(order.length, Math.ceil((view.scrollTop + view.clientHeight) / ROW) + SPARE);
    for (const [index, row] of shown) if (index < start || index >= end) { if (!row.contains(document.activeElement)) { row.remove(); shown.delete(index); } }
    for (let index = start; index < end; index++) {
      if (shown.has(index)) continue;
      const row = drawRow(index);
      shown.set(index, row);
      byId("space").append(row);
    }
    mark();
  };

  // One cell is in the tab order; arrows move it.
  const mark = () => {
    byId("space").querySelectorAll("[tabindex='0']").forEach((cell) => { cell.tabIndex = -1; });
    const cell = shown.get(focus.row)?.querySelector(`[data-column='${focus.column}']`);
    if (cell) cell.tabIndex = 0;
  };
  const move = (row, column) => {
    focus = { row: Math.max(0, Math.min(order.length - 1, row)), column: Math.max(0, Math.min(data.cells.length + 1, column)) };
    const view = byId("view"), top = focus.row * ROW, room = view.clientHeight - byId("head").offsetHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + room) view.scrollTop = top + ROW - room;
    draw();
    shown.get(focus.row)?.querySelector(`[data-column='${focus.column}']`)?.focus({ preventScroll: true });
  };

  const toggle = (pattern) => { if (open.has(pattern)) open.delete(pattern); else open.add(pattern); arrange(); };
  const activate = (row, column) => {
    const item = order[row];
    if (!item) return;
    if (item.group) { toggle(item.group.pattern); move(row, column); return; }
    show(item.test, column < 2 ? -1 : column - 2);
  };

  // Lines that two texts do not share, by their longest common subsequence.
  const difference = (before, after) => {
    const one = before.split("\n").slice(0, 400), two = after.split("\n").slice(0, 400);
    const table = Array.from({ length: one.length + 1 }, () => new Uint16Array(two.length + 1));
    for (let i = one.length - 1; i >= 0; i--) for (let j = two.length - 1; j >= 0; j--) table[i][j] = one[i] === two[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    const found = [];
    let i = 0, j = 0;
    while (i < one.length || j < two.length) {
      if (i < one.length && j < two.length && one[i] === two[j]) { found.push([" ", one[i]]); i++; j++; }
      else if (j >= two.length || (i < one.length && table[i + 1][j] >= table[i][j + 1])) found.push(["-", one[i++]]);
      else found.push(["+", two[j++]]);
    }
    return found;
  };

  const show = (test, column) => {
    const panel = byId("panel"), outcomes = data.patterns[patternOf[test]][0];
    state.test = idOf(test);
    writeHash();
    const cells = data.cells.map((cell, index) => ({ cell, index, fact: facts.get(test * data.cells.length + index) || [-1, -1] }));
    // What a reader wants to see first: a failure as users will have it, on a later version.
    const red = cells.filter(({ index }) => "fe".includes(outcomes[index]));
    const first = red.find(({ cell }) => cell.plain && !cell.base) || red.find(({ cell }) => cell.plain) || red[0] || cells[0];
    const told = column >= 0 ? column : first.index;
    const text = (index) => { const number = cells[index].fact[0]; return number < 0 ? "" : data.texts[number]; };
    const base = cells.find(({ cell }) => cell.base && cell.profile === data.cells[told].profile && cell.variant === data.cells[told].variant);
    const same = cells.filter(({ index, fact }) => index !== told && fact[0] >= 0 && fact[0] === cells[told].fact[0]).map(({ cell }) => cell.id);
    const content = [
      make("h3", { tabindex: -1, id: "panel-title" }, make("bdi", {}, idOf(test))),
      make("p", {}, make("b", {}, words(patternOf[test])), ownerOf.length && data.owners[ownerOf[test]] ? ` · owner ${data.owners[ownerOf[test]]}` : null, make("br"),
        make("span", { class: "soft" }, explained(patternOf[test]).split("\n").join("; "))),
      ...data.patterns[patternOf[test]][2].length ? [make("p", {}, "Why: ", ...data.patterns[patternOf[test]][2].flatMap((one, index) => [index ? "; " : "", make("a", { href: `#${data.causes[one][0]}` }, data.causes[one][1])]))] : [],
      make("div", { class: "tabs" }, ...cells.map(({ cell, index }) => {
        const [sign, word, look] = data.signs[outcomes[index]];
        const took = times[index] ? duration(seconds(times[index][test])) : "";
        return make("button", { type: "button", class: `mark ${look}`, "aria-pressed": String(index === told), onclick: () => { show(test, index); } },
          make("b", {}, `${sign} ${cell.id}`), make("small", {}, `${word}${took ? `, ${took}` : ""}`));
      })),
      make("h4", {}, `${data.cells[told].id}: ${data.signs[outcomes[told]][1]}`),
    ];
    if (same.length) content.push(make("p", { class: "soft" }, `The same in ${same.join(", ")}.`));
    if (text(told)) content.push(make("pre", { tabindex: 0 }, text(told)));
    else content.push(make("p", { class: "soft" }, "Nothing more is recorded here."));
    const output = cells[told].fact[1];
    if (output >= 0) content.push(make("h4", {}, "Captured output"), make("pre", { tabindex: 0 }, data.texts[output]));
    if (base && base.index !== told && text(told)) {
      const before = text(base.index);
      content.push(make("h4", {}, `Against the base, ${base.cell.id}`));
      if (!before) content.push(make("p", { class: "soft" }, `It ${data.signs[outcomes[base.index]][1]} there.`));
      else if (before === text(told)) content.push(make("p", { class: "soft" }, "The same text."));
      else content.push(make("pre", { tabindex: 0, class: "difference" }, ...difference(before, text(told)).map(([sign, line]) => make("span", { class: sign === "-" ? "less" : sign === "+" ? "more" : "" }, `${sign} ${line}\n`))));
    }
    byId("panel-body").replaceChildren(...content);
    panel.hidden = false;
    byId("panel-title").focus();
  };
  const hide = () => {
    byId("panel").hidden = true;
    state.test = "";
    writeHash();
    move(focus.row, focus.column);
  };

  const options = (select, values, all) => select.replaceChildren(make("option", { value: "" }, all), ...values.map(([value, label]) => make("option", { value }, label)));
  const fill = () => {
    const used = new Set(data.patterns.flatMap((pattern) => pattern[1]));
    options(byId("f-verdict"), data.verdicts.map((word, index) => [word, index]).filter(([, index]) => used.has(index)).map(([word, index]) => [word, `${word} – ${data.meanings[index]}`]), "any verdict");
    options(byId("f-cause"), data.causes.slice(0, 300).map(([id, title]) => [id, `${title.slice(0, 70)} (${id})`]), "any cause");
    options(byId("f-origin"), [...new Set(data.causes.map((one) => one[2]))].sort().map((one) => [one, one]), "any origin");
    const letters = new Set(data.patterns.map((pattern) => pattern[0]).join(""));
    options(byId("f-outcome"), Object.entries(data.signs).filter(([letter]) => letters.has(letter)).map(([, one]) => [one[1], one[1]]), "any outcome");
    options(byId("f-cell"), data.cells.map((cell) => [cell.id, `in ${cell.id}`]), "in any cell");
    const owners = data.owners.filter(Boolean);
    options(byId("f-owner"), owners.map((one) => [one, one]), "any owner");
    byId("l-owner").hidden = owners.length === 0;
    const head = byId("head");
    data.cells.forEach((cell, index) => head.append(make("span", { role: "columnheader", class: `mark head ${cell.status === "complete" ? "" : "unknown"}`, title: `${cell.id} (${cell.status})`, "aria-colindex": index + 3 },
      make("b", {}, cell.python), make("small", {}, [cell.profile, cell.variant, cell.status === "complete" ? "" : cell.status].filter(Boolean).join(" ")))));
    byId("grid").style.setProperty("--cells", data.cells.length);
  };
  const sync = () => { for (const field of FIELDS) { const input = byId(`f-${field}`); if (input && input.value !== state[field]) input.value = state[field]; } };

  const follow = () => {
    const wanted = location.hash.slice(1);
    if (!wanted.includes("=")) { return; }  // an anchor of the page itself
    readHash();
    theme();
    sync();
    arrange();
    if (!state.test) byId("tests").scrollIntoView();
    if (state.test) {
      for (let test = 0; test < size; test++) if (idOf(test) === state.test) {
        const known = order.findIndex((item) => item.test === test);
        if (known < 0 && state.sort !== "name") { open.add(groupOf[patternOf[test]]); arrange(); }
        focus = { row: Math.max(0, order.findIndex((item) => item.test === test)), column: 0 };
        byId("view").scrollTop = Math.max(0, focus.row * ROW - 90);
        draw();
        show(test, -1);
        break;
      }
    }
  };

  const listen = () => {
    let waiting = 0;
    for (const field of FIELDS) byId(`f-${field}`)?.addEventListener("input", (event) => {
      state[field] = event.target.value;
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => { byId("view").scrollTop = 0; focus = { row: 0, column: 0 }; writeHash(); arrange(); });
    });
    byId("reset").addEventListener("click", () => { for (const field of FIELDS) if (field !== "theme") state[field] = field === "sort" ? "news" : ""; open.clear(); writeHash(); sync(); arrange(); });
    const view = byId("view");
    view.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
    addEventListener("resize", () => requestAnimationFrame(draw));
    byId("space").addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      const cell = event.target.closest("[data-column]"), row = event.target.closest(".row");
      if (cell && row) { focus = { row: Number(row.dataset.index), column: Number(cell.dataset.column) }; mark(); activate(focus.row, focus.column); }
    });
    byId("grid").addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(view.clientHeight / ROW) - 1);
      const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0] };
      if (event.key in steps) move(focus.row + steps[event.key][0], focus.column + steps[event.key][1]);
      else if (event.key === "Home") move(event.ctrlKey ? 0 : focus.row, 0);
      else if (event.key === "End") move(event.ctrlKey ? order.length - 1 : focus.row, data.cells.length + 1);
      else if (event.key === "Enter" || event.key === " ") activate(focus.row, focus.column);
      else return;
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !byId("panel").hidden) { event.preventDefault(); hide(); }
      else if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); byId("f-q").focus(); }
    });
    byId("close").addEventListener("click", hide);
    byId("panel-body").addEventListener("click", (event) => { if (event.target.closest("a")) hide(); });
    byId("theme").addEventListener("click", () => {
      const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      state.theme = dark ? "light" : "dark";
      theme();
      writeHash();
    });
    addEventListener("hashchange", follow);
  };

  const unpack = async (text) => {
    const stream = new Blob([bytes(text.trim())]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const start = async () => {
    try {
      data = await unpack(byId("data").textContent);
      size = data.names.length;
      stemOf = spread(data.stemOf, size);
      patternOf = spread(data.patternOf, size);
      // Tests with the same outcomes and verdicts are one group, whatever causes each has.
      const first = new Map();
      groupOf = data.patterns.map(([outcomes, verdicts], pattern) => {
        const key = `${outcomes} ${verdicts}`;
        if (!first.has(key)) first.set(key, pattern);
        return first.get(key);
      });
      ownerOf = spread(data.ownerOf, data.owners.length ? size : 0);
      times = data.seconds.map((text) => (text ? bytes(text) : null));
      facts = new Map(data.facts.map(([test, column, text, output]) => [test * data.cells.length + column, [text, output]]));
      fill();
      byId("app").hidden = false;
      byId("wait").remove();
      const wanted = location.hash;
      if (wanted.includes("=")) readHash();
      theme();
      sync();
      listen();
      arrange();
      if (wanted.includes("=")) follow();
    } catch (error) {
      byId("wait").textContent = `The table cannot be drawn in this browser (${error.message}). All of it is in report.json.`;
    }
    document.documentElement.setAttribute("data-ready", "");
  };
  start();
})();
