"use strict";
(() => {
  // On paper nothing can be unfolded.
  let folded = [];
  let unfolded = [];
  let openForPrint = () => [];
  addEventListener("beforeprint", () => {
    folded = Array.from(document.querySelectorAll("details.rest:not([open])"));
    for (const one of folded) one.open = true;
    unfolded = openForPrint();
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
    for (const shut of unfolded) shut();
  });

  const byId = (id) => document.getElementById(id);
  const table = byId("table");
  if (!table) return;
  const body = byId("rows");
  const all = Array.from(body.rows);
  const columns = JSON.parse(byId("columns").textContent);
  const { relations, saved } = JSON.parse(byId("settings").textContent);
  const statements = JSON.parse(byId("statements").textContent);
  const collator = new Intl.Collator("en", { numeric: true });
  let data = null;
  let shown = all;
  let page = 0;
  let sorted = { cell: -1, up: true };
  const size = () => Number(byId("size").value);

  // Texts of a row and of its entries, so that a disease and a therapy find the allele of which one entry has both.
  const record = (row) => {
    if (data === null) data = JSON.parse(byId("data").textContent);
    return data[Number(row.dataset.n)];
  };
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) {
      const one = record(row);
      const plain = (parts) => parts.join(" ").replace(/_/g, " ").toLowerCase();
      const conditions = ["CLNDN", "CLNDISDB", "ONCDN", "ONCDISDB", "SCIDN", "SCIDISDB", "CLNDNINCL"];
      const info = Object.entries(one.info);
      const own = [row.textContent, one.contig + ":" + one.position, one.hgvs, one.consequence, ...one.genes,
        ...info.filter(([id]) => !conditions.includes(id)).map(([, value]) => value)];
      const entries = [...info.filter(([id]) => conditions.includes(id)).map(([, value]) => [value]),
        ...[one.civic, ...Object.values(one.joined)].flat().map(Object.values)];
      texts.set(row, [plain(own), entries.map(plain)]);
    }
    return texts.get(row);
  };
  const hasTerms = (row, terms) => {
    const [own, entries] = textOf(row);
    const missing = terms.filter((term) => !own.includes(term));
    return missing.length === 0 || entries.some((entry) => missing.every((term) => entry.includes(term)));
  };
  const levelOf = (entry) => entry.Level || (/Level_([A-E])$/.exec(entry.AMPCategory || "") || [])[1] || "";

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  // As the page's templates do: what would steer the display is shown by its name.
  const visible = (value) => String(value)
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (mark) => "\u2039U+" + mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u203a")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd");
  // A range of residues or bases keeps its underscore.
  const end = "(?:[A-Z](?:[a-z]{2})?)?\\d+(?:[+-]\\d+)?";
  const range = new RegExp("(?<![A-Za-z0-9])(" + end + ") (" + end + "(?:del|dup|ins|inv|DEL|DUP|INS|INV|[ACGT]+>))", "g");
  const words = (value) => visible(String(value).replace(/_/g, " ").replace(range, "$1_$2").replace(/\|/g, "; "));
  const link = (address, text) => {
    const made = element("a", text);
    made.href = address;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  };
  const evidenceLinks = (entry) => {
    const cell = element("td");
    const kinds = { evidence: ["evidence_items", "EID"], assertion: ["assertions", "AID"] };
    const kind = kinds[entry.EntityType];
    if (kind && /^[0-9]+$/.test(entry.EntityID || "")) {
      cell.append(link("https://civicdb.org/links/" + kind[0] + "/" + entry.EntityID, kind[1] + entry.EntityID), " ");
    }
    const paper = /^PubMed:([0-9]+)(:retracted)?$/.exec(entry.Source || "");
    if (paper) cell.append(link("https://pubmed.ncbi.nlm.nih.gov/" + paper[1] + "/", "PubMed " + paper[1]));
    else if (entry.Source) cell.append(words(entry.Source));
    if (paper && paper[2]) cell.append(" ", element("span", "retracted", "badge filter"));
    return cell;
  };
  // `&` joins the elements of a list; within an element it has spaces around it.
  const listed = (value) => words(value.split(/(?<!_)&(?!_)/).join(", "));
  const remarks = (entry) => [
    entry.Flag ? words(entry.Flag) : "",
    entry.RetractionNature ? "publication notice: " + words(entry.RetractionNature) : "",
    entry.ApprovedBy ? "approved by " + listed(entry.ApprovedBy) : "",
    entry.CytogeneticRegion ? "cytogenetic region: " + listed(entry.CytogeneticRegion) : "",
    entry.KnownPartners ? "known fusion partners: " + listed(entry.KnownPartners) : "",
  ].filter(Boolean).join("; ");
  // As in the key findings: together, each of them alone, or not stated.
  const therapiesOf = (entry) => {
    const names = entry.Therapies || [];
    const joint = { Combination: " + ", Substitutes: " or " }[entry.TherapyInteraction] || ", ";
    return (entry.TherapyInteraction === "Sequential" && names.length > 1 ? "sequential: " : "") + names.join(joint);
  };
  const compared = {
    same: "", broader: " (broader than the patient's disease)", narrower: " (narrower than the patient's disease)", other: " (another disease)",
  };
  const diseaseOf = (entry) => {
    const relation = relations[(entry.DOID || "") + "|" + (entry.Disease || "")];
    return words(entry.Disease || "") + (entry.Disease && compared[relation] || "");
  };
  const evidenceTable = (entries) => {
    const made = element("table", undefined, "plain evidence");
    made.append(element("caption", "CIViC evidence and assertions"));
    const names = ["Level", "Type", "Effect", "Disease", "Therapies", "Profile", "Match", "Source", "Remarks"];
    const head = element("tr");
    for (const name of names) {
      const cell = element("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    made.append(element("thead"), element("tbody"));
    made.tHead.append(head);
    for (const entry of entries) {
      const row = element("tr");
      const level = entry.Level || entry.AMPCategory || "";
      const effect = [entry.Direction === "Does_Not_Support" ? "does not support" : "", entry.Significance || ""];
      const cells = [level, entry.EvidenceType, effect.filter(Boolean).join(" "), diseaseOf(entry),
        therapiesOf(entry), entry.MolecularProfile,
        [entry.Match, entry.MatchNote].filter(Boolean).join(": ")];
      for (const text of cells) row.append(element("td", words(text || "")));
      row.append(evidenceLinks(entry), element("td", remarks(entry)));
      Array.from(row.cells).forEach((cell, number) => { cell.dataset.label = names[number]; });
      made.tBodies[0].append(row);
      const statement = statements[(entry.EntityType === "assertion" ? "AID" : "EID") + entry.EntityID];
      if (statement) {
        const under = element("tr", undefined, "statement");
        const cell = element("td", visible(statement));
        cell.colSpan = names.length;
        cell.dataset.label = "Statement";
        under.append(cell);
        made.tBodies[0].append(under);
      }
    }
    return made;
  };
  // Entries of a service: the parts that one of them has, as columns.
  const joinedTable = (id, entries) => {
    const made = element("table", undefined, "plain evidence");
    made.append(element("caption", visible(id)), element("thead"), element("tbody"));
    const names = [...new Set(entries.flatMap(Object.keys))].filter((name) => name !== "Allele" && name !== "AlleleIndex");
    const head = element("tr");
    for (const name of names) {
      const cell = element("th", visible(name));
      cell.scope = "col";
      head.append(cell);
    }
    made.tHead.append(head);
    for (const entry of entries) {
      const row = element("tr");
      for (const name of names) {
        const cell = element("td", words(entry[name] || ""));
        cell.dataset.label = visible(name);
        row.append(cell);
      }
      made.tBodies[0].append(row);
    }
    return made;
  };
  // ClinVar's records at the same residue, which are those of other alleles.
  const isNeighbour = (id) => id === "CLN_SAME_AA" || id === "CLN_SAME_RESIDUE";
  const neighbours = (info) => {
    const kinds = { CLN_SAME_AA: "same protein change", CLN_SAME_RESIDUE: "other change at the residue" };
    return Object.keys(kinds).filter((id) => info[id]).flatMap((id) => info[id].split("&").map((entry) => {
      const [record, change, classification, stars, nucleotide] = entry.split("|").map((part) => (part === "." ? "" : part));
      return { Relation: kinds[id], "Protein change": change, "Nucleotide change": nucleotide, Classification: classification, Stars: stars, Record: record };
    }));
  };
  const neighbourTable = (entries) => {
    const made = joinedTable("ClinVar missense records at the same residue (other alleles)", entries);
    for (const cell of made.querySelectorAll("td[data-label=Record]")) {
      if (/^[0-9]+$/.test(cell.textContent)) cell.replaceChildren(link("https://www.ncbi.nlm.nih.gov/clinvar/variation/" + cell.textContent + "/", cell.textContent));
    }
    return made;
  };
  const scrolling = (table, label) => {
    const box = element("div", undefined, "scroller");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", label);
    box.append(table);
    return box;
  };
  const reads = (said) => {
    const parts = said.vaf === undefined ? [] : ["VAF " + (100 * said.vaf).toFixed(1) + " %"];
    const counted = said.counted_reads ?? said.depth;
    if (said.vaf !== undefined && said.alt_reads !== undefined) parts.push(said.alt_reads + " of " + counted + " reads" + (counted === said.depth ? "" : ", depth " + said.depth));
    else if (said.alt_reads !== undefined) parts.push(said.alt_reads + " reads with the allele");
    else if (said.depth !== undefined) parts.push(said.depth + " reads");
    if (said.vaf_basis) parts.push("from " + visible(said.vaf_basis));
    if (said.failed_filters) parts.push("failed a filter: " + visible(said.failed_filters));
    return parts.length ? "; " + parts.join(", ") : "";
  };
  const facts = (one) => {
    const list = element("dl", undefined, "facts-list");
    const add = (name, value, kind) => list.append(element("dt", name, kind), element("dd", value, kind));
    // What is not printed: technical values, and what the row above shows already.
    const unprinted = ["ALLELEID", "CLNVC", "ORIGIN", "RS", "MC", "GENEINFO", "CLNSIG", "CLNSTARS", "CLNMATCH", "ONC", "ONCSTARS", "CIVIC_MATCH", "CIVIC_LEVEL"];
    const isShown = (name, value) => unprinted.includes(name) || name.endsWith("DISDB") || (name === "CLNHGVS" && value === one.hgvs);
    add("REF", visible(one.ref), one.ref.length > 18 ? "" : "technical");
    add("ALT", visible(one.alt), one.alt.length > 18 ? "" : "technical");
    if (one.filter) add("FILTER", visible(one.filter), "technical");
    if (one.hgvs) add("HGVS", visible(one.hgvs));
    if (one.consequence) add("Consequence", listed(one.consequence));
    const isText = (name) => /^(CLN|ONC|SCI)(SIG|DN|REVSTAT|SIGCONF|SIGINCL|DNINCL)?$/.test(name);
    for (const [name, value] of Object.entries(one.info)) {
      if (!isNeighbour(name)) add(name, isText(name) ? words(value) : visible(value), isShown(name, value) ? "technical" : "");
    }
    const counts = one.sample_counts;
    const names = { carried: "carried", unknown: "genotype unknown", not_carried: "not carried", no_call: "no call" };
    if (counts) {
      const texts = Object.keys(names).filter((name) => counts[name]).map((name) => counts[name].toLocaleString("en") + " " + names[name]);
      add("Samples", texts.join(", ") || "none");
    }
    const carried = Object.entries(one.samples);
    for (const [number, said] of carried) {
      add(visible(columns[Number(number)]), said.state.replace("_", " ").replace("carried", "called") + (said.genotype ? " (" + visible(said.genotype) + ")" : "") + reads(said));
    }
    const more = counts ? (counts.carried || 0) + (counts.unknown || 0) - carried.length : 0;
    if (more > 0) add("Carriers", "and " + more.toLocaleString("en") + " more");
    return list;
  };
  const open = (row, button) => {
    const one = record(row);
    const details = element("tr", undefined, "details");
    const cell = element("td");
    cell.colSpan = row.cells.length;
    if (one.civic.length) cell.append(scrolling(evidenceTable(one.civic), "Evidence"));
    for (const [id, entries] of Object.entries(one.joined)) cell.append(scrolling(joinedTable(id, entries), visible(id)));
    const near = neighbours(one.info);
    if (near.length) cell.append(scrolling(neighbourTable(near), "Records at the same residue"));
    cell.append(facts(one));
    details.append(cell);
    row.after(details);
    button.setAttribute("aria-expanded", "true");
  };
  openForPrint = () => {
    if (!byId("print-details").checked) return [];
    const rows = Array.from(body.rows).filter((row) => row.querySelector(".act button[aria-expanded=false]"));
    for (const row of rows) open(row, row.querySelector(".act button"));
    return rows.map((row) => () => close(row, row.querySelector(".act button")));
  };
  const close = (row, button) => {
    const after = row.nextElementSibling;
    if (after && after.classList.contains("details")) after.remove();
    button.setAttribute("aria-expanded", "false");
  };

  // Values of the sliders; a row without a value is hidden, and the status states that.
  const label = () => {
    const least = {};
    for (const [id, unit] of [["vaf", " %"], ["depth", ""]]) {
      least[id] = byId(id) ? Number(byId(id).value) : 0;
      if (byId(id)) byId(id + "-shown").textContent = least[id] + unit;
    }
    return least;
  };
  // The largest frequency that is shown; null without one. What is not a number from 0 to 1 hides nothing.
  const frequencyLimit = () => {
    const box = byId("frequency");
    if (!box || !box.value.trim()) return null;
    const most = Number(box.value.trim().replace(",", "."));
    return most >= 0 && most <= 1 ? most : NaN;
  };
  const frequencyOf = (row) => Number(record(row).info[byId("frequency-field").value] ?? NaN);
  const frequencyNote = () => {
    const most = frequencyLimit();
    if (most === null) return "";
    if (Number.isNaN(most)) return " The maximum frequency is not a number from 0 to 1 and was ignored.";
    const without = shown.filter((row) => Number.isNaN(frequencyOf(row))).length;
    const field = byId("frequency-field").value;
    return " " + without.toLocaleString("en") + (without === 1 ? " of these alleles has" : " of these alleles have") + " no value for " + field + ".";
  };
  const show = () => {
    const pages = Math.max(1, Math.ceil(shown.length / size()));
    page = Math.min(Math.max(page, 0), pages - 1);
    const start = page * size();
    const rows = shown.slice(start, start + size());
    for (const row of rows) row.querySelector(".act button").setAttribute("aria-expanded", "false");
    body.replaceChildren(...rows);
    const said = (number) => number.toLocaleString("en");
    byId("status").textContent = shown.length === 0 ? "No allele matches the filters." :
      "Rows " + said(start + 1) + " to " + said(start + rows.length) + " of " + said(shown.length) +
      (shown.length < all.length ? ", filtered from " + said(all.length) : "") + ".";
    const least = label();
    if (least.vaf || least.depth) byId("status").textContent += " Rows without a value for VAF or depth are hidden.";
    byId("status").textContent += frequencyNote();
    if (byId("frequency")) byId("frequency").setAttribute("aria-invalid", String(Number.isNaN(frequencyLimit() ?? 0)));
    byId("page").textContent = "Page " + said(page + 1) + " of " + said(pages);
    byId("first").disabled = byId("before").disabled = page === 0;
    byId("after").disabled = byId("last").disabled = page === pages - 1;
  };
  // As in the TSV: what a spreadsheet would evaluate has its first character percent-encoded, and so has every %.
  const csvCell = (value) => quotedCell(String(value ?? "").replace(/%/g, "%25"));
  // A list joined by `&`, whose elements have no other `&`.
  const csvList = (values) => quotedCell(values.map((one) => String(one ?? "").replace(/%/g, "%25").replace(/&/g, "%26")).join("&"));
  const quotedCell = (text) => {
    if (/^[=+\-@"' \uff1d\uff0b\uff0d\uff20]/.test(text) && !/^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(text)) {
      const code = text.charCodeAt(0);
      text = (code < 128 ? "%" + code.toString(16).toUpperCase() : encodeURIComponent(text[0])) + text.slice(1);
    }
    return '"' + text.replace(/"/g, '""') + '"';
  };
  const save = () => {
    const fields = ["CLNSIG", "CLNSTARS", "CLNDN", "ONC", "SCI", "CIVIC_LEVEL", ...saved];
    const ofSamples = ["CARRIED_BY", "GENOTYPE", "DEPTH", "ALT_READS", "VAF", "CALL_FILTER"];
    const lines = [["CHROM", "POS", "ID", "REF", "ALT", "FILTER", "GENES", "NAME", "HGVS", "CONSEQUENCE", "CATEGORY", ...ofSamples, ...fields].map(csvCell)];
    for (const row of shown) {
      const one = record(row);
      const carriers = Object.entries(one.samples).filter(([, said]) => said.state === "carried" || said.state === "unknown");
      const counts = one.sample_counts;
      const more = counts ? (counts.carried || 0) + (counts.unknown || 0) - carriers.length : 0;
      const listed = (value) => csvList(carriers.map(value));
      lines.push([
        ...[one.contig, one.position, one.id, one.ref, one.alt, one.filter].map(csvCell), csvList(one.genes),
        ...[one.name, one.hgvs, one.consequence, one.category].map(csvCell),
        csvList([...carriers.map(([number]) => columns[Number(number)]), ...(more ? ["and " + more + " more"] : [])]),
        ...["genotype", "depth", "alt_reads", "vaf", "failed_filters"].map((part) => listed(([, said]) => said[part])),
        ...fields.map((name) => csvCell(one.info[name])),
      ]);
    }
    // By the byte order mark, Excel recognises UTF-8.
    const text = "\ufeff" + lines.map((line) => line.join(",") + "\r\n").join("");
    const anchor = element("a");
    anchor.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    anchor.download = "alleles.csv";
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
  };
  const choose = () => {
    const terms = byId("search").value.toLowerCase().replace(/_/g, " ").split(/\s+/).filter(Boolean);
    const category = byId("category").value;
    const group = byId("group").value;
    const level = byId("level").value;
    const sample = byId("sample") ? byId("sample").value : "";
    const chosen = (id) => (byId(id) ? byId(id).value : "");
    const gene = chosen("gene").trim().toLowerCase();
    // A whole symbol is that gene alone; what is still typed is the start of several.
    const isWhole = gene && Array.from(byId("genes").options).some((one) => one.value.toLowerCase() === gene);
    const isGene = (one) => (isWhole ? one === gene : one.startsWith(gene));
    const consequence = chosen("consequence");
    const disease = chosen("disease");
    const passing = byId("passing").checked;
    const carried = byId("carried").checked;
    const stars = byId("stars").value;
    const least = label();
    const most = frequencyLimit();
    shown = all.filter((row) => {
      const of = row.dataset;
      if (category && of.c !== category) return false;
      if (group && of.g !== group) return false;
      if (level && !(of.l && level.includes(of.l))) return false;
      if (gene && !record(row).genes.some((one) => isGene(visible(one).toLowerCase()))) return false;
      if (consequence && !record(row).consequence.split("&").some((one) => words(one) === consequence)) return false;
      if (disease && !record(row).civic.some((entry) => words(entry.Disease || "") === disease && (!level || level.includes(levelOf(entry) || "-")))) return false;
      if (sample && !of.s.split(" ").includes(sample)) return false;
      if (stars && !(of.r && Number(of.r) >= Number(stars))) return false;
      if (least.vaf && !(Number(of.v) >= least.vaf)) return false;
      if (least.depth && !(Number(of.d) >= least.depth)) return false;
      if (most !== null && frequencyOf(row) > most) return false;
      if (passing && of.f !== "1") return false;
      if (carried && !of.s) return false;
      return terms.length === 0 || hasTerms(row, terms);
    });
    if (sorted.cell >= 0) arrange();
    page = 0;
    show();
  };
  const arrange = () => {
    const heading = table.tHead.rows[0].cells[sorted.cell];
    const isText = heading.dataset.sort === "text";
    const key = (row) => row.cells[sorted.cell].dataset.k;
    const sign = sorted.up ? 1 : -1;
    shown = shown.map((row) => [isText ? key(row) : Number(key(row)), Number(row.dataset.n), row])
      .sort((one, other) => sign * (isText ? collator.compare(one[0], other[0]) : one[0] - other[0]) || one[1] - other[1])
      .map((item) => item[2]);
  };

  Array.from(table.tHead.rows[0].cells).forEach((heading, number) => {
    if (!heading.dataset.sort) return;
    const button = element("button", heading.textContent.trim());
    heading.dataset.name = button.textContent; // on paper, where a button is not repeated on every page
    button.type = "button";
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      // The first press shows what is most: numbers from the top, texts and places from the start.
      const first = heading.dataset.sort !== "number";
      sorted = { cell: number, up: sorted.cell === number ? !sorted.up : first };
      for (const one of table.tHead.rows[0].cells) if (one.dataset.sort) one.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", sorted.up ? "ascending" : "descending");
      arrange();
      page = 0;
      show();
    });
  });
  for (const row of all) row.querySelector(".act button").hidden = false;
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".act button");
    if (!button) return;
    const row = button.closest("tr");
    if (button.getAttribute("aria-expanded") === "true") close(row, button);
    else open(row, button);
  });
  let waiting = 0;
  const typed = [byId("search"), byId("gene"), byId("frequency")].filter(Boolean);
  for (const box of typed) {
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(choose, 120);
    });
  }
  // A box was heard of as it was typed in; its change comes when it is left, and would close what was just opened.
  byId("controls").addEventListener("change", (event) => {
    if (!typed.includes(event.target) && event.target !== byId("print-details")) choose();
  });
  byId("controls").addEventListener("input", (event) => { if (event.target.type === "range") label(); });
  byId("save").addEventListener("click", save);
  byId("controls").addEventListener("reset", () => setTimeout(choose, 0));
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("size").addEventListener("change", () => { page = 0; show(); });
  const turn = (id, to) => byId(id).addEventListener("click", () => { page = to(); show(); });
  turn("first", () => 0);
  turn("before", () => page - 1);
  turn("after", () => page + 1);
  turn("last", () => Infinity);
  byId("controls").hidden = false;
  byId("pager").hidden = false;
  show();
  body.classList.remove("waiting");
})();
