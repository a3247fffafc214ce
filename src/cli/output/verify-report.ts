// A report of verifications, to be kept: one file with everything in it, as HTML that prints well and loads nothing, as Markdown, or as JSON.
// File names are hostile here too (I12): every text is escaped for its form, and the page allows no script.
import { FINDING_KINDS } from "#core/proof/finding.ts";
import { verificationFacts, type Verification } from "#core/proof/verification.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { printable } from "./escape.ts";
import { timeText } from "./snapshot-text.ts";
import { bytesText, countText, durationText } from "./units.ts";
import { coverageText, verdictOf } from "./verify-text.ts";

export interface Reported {
  readonly row: SnapshotRow;
  readonly verification: Verification;
}

/** A copy that was to be read, and could not even be opened: whoever reads the report must not take it for one that was. */
export interface Unread {
  readonly copy: string;
  readonly why: string;
}

interface Report {
  readonly done: readonly Reported[];
  readonly unread: readonly Unread[];
}

export type ReportForm = "html" | "md" | "json";

export function reportText(form: ReportForm, report: Report, madeAtMs: number): string {
  switch (form) {
    case "json":
      return json(report, madeAtMs);
    case "md":
      return markdown(report, madeAtMs);
    case "html":
      return html(report, madeAtMs);
  }
}

// --- internal ---

interface Section {
  readonly title: string;
  readonly verdict: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly counts: readonly (readonly [string, number])[];
  readonly findings: readonly { kind: string; path: string; more: string }[];
  readonly unlisted: number;
}

const TITLE = "Verification report";

function sectionOf({ row, verification: done }: Reported): Section {
  const counts = FINDING_KINDS.map((kind) => [kind, done.counts[kind]] as const).filter(
    ([, n]) => n > 0,
  );
  const findings = done.listed.map(({ kind, path, at, why }) => ({
    kind: String(kind),
    path: printable(String(path)),
    more: [
      ...(typeof at === "string" ? [`now at ${printable(at)}`] : []),
      ...(typeof why === "string" ? [printable(why)] : []),
    ].join("; "),
  }));
  const told = counts.reduce((sum, [kind, n]) => sum + (kind === "intact" ? 0 : n), 0);
  return {
    title: `${row.machineId}/${row.setName}: ${done.copy === null ? "its source" : printable(done.copy)}`,
    verdict: verdictOf(done),
    facts: [
      ["Coverage", coverageText(done.coverage)],
      ["Snapshot", `${row.snapshotId} of ${timeText(row.timestampMs)}`],
      [
        "Read",
        `${printable(done.target)}, ${bytesText(done.bytesRead)} in ${durationText(done.durationMs)}, begun ${timeText(done.startedAtMs)}`,
      ],
      ["Method", done.method],
      ...(done.cut === null ? [] : [["Not read to its end", printable(done.cut)] as const]),
      ["Record", done.id],
    ],
    counts,
    findings,
    unlisted: told - findings.length,
  };
}

function json({ done, unread }: Report, madeAtMs: number): string {
  const facts = {
    made_at: new Date(madeAtMs).toISOString(),
    verifications: done.map(({ verification }) => verificationFacts(verification)),
    ...(unread.length === 0 ? {} : { not_verified: unread }),
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}

const NOT_VERIFIED = "Not verified";

function markdown({ done, unread }: Report, madeAtMs: number): string {
  const lines = [`# ${TITLE}`, "", `Made ${timeText(madeAtMs)} by bsv.`, ""];
  for (const section of done.map(sectionOf)) {
    lines.push(`## ${md(section.title)}`, "", `**${section.verdict}**`, "");
    for (const [name, value] of section.facts) lines.push(`- ${name}: ${md(value)}`);
    lines.push("", "| finding | files |", "|---|---:|");
    for (const [kind, count] of section.counts) lines.push(`| ${kind} | ${countText(count)} |`);
    if (section.findings.length > 0) lines.push("", "| finding | path | |", "|---|---|---|");
    for (const { kind, path, more } of section.findings)
      lines.push(`| ${kind} | ${md(path)} | ${md(more)} |`);
    if (section.unlisted > 0) lines.push("", `… and ${countText(section.unlisted)} more.`);
    lines.push("");
  }
  if (unread.length > 0) {
    const items = unread.map(({ copy, why }) => `- ${md(printable(copy))}: ${md(printable(why))}`);
    lines.push(`## ${NOT_VERIFIED}`, "", ...items, "");
  }
  return lines.join("\n");
}

function html({ done, unread }: Report, madeAtMs: number): string {
  const sections = done.map(sectionOf).map((section) => {
    const facts = section.facts.map(([name, value]) => `<dt>${ht(name)}</dt><dd>${ht(value)}</dd>`);
    const counts = section.counts.map(
      ([kind, count]) =>
        `<tr><td class="${kind}">${kind}</td><td class="n">${countText(count)}</td></tr>`,
    );
    const findings = section.findings.map(
      ({ kind, path, more }) =>
        `<tr><td class="${ht(kind)}">${ht(kind)}</td><td class="path">${ht(path)}</td><td>${ht(more)}</td></tr>`,
    );
    return [
      `<section><h2>${ht(section.title)}</h2><p class="verdict ${ht(section.verdict)}">${ht(section.verdict)}</p>`,
      `<dl>${facts.join("")}</dl><table>${counts.join("")}</table>`,
      findings.length === 0
        ? ""
        : `<table><tr><th>finding</th><th>path</th><th></th></tr>\n${findings.join("\n")}</table>`,
      section.unlisted > 0 ? `<p>… and ${countText(section.unlisted)} more.</p>` : "",
      "</section>",
    ].join("\n");
  });
  if (unread.length > 0) {
    const items = unread.map(
      ({ copy, why }) => `<dt>${ht(printable(copy))}</dt><dd>${ht(printable(why))}</dd>`,
    );
    sections.push(`<section><h2>${NOT_VERIFIED}</h2><dl>${items.join("")}</dl></section>`);
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>${TITLE}</title>
<style>${STYLE}</style></head><body>
<h1>${TITLE}</h1><p>Made ${ht(timeText(madeAtMs))} by bsv.</p>
${sections.join("\n")}
</body></html>
`;
}

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
h2 { border-top: 1px solid #bbb; padding-top: 1rem } .verdict { font-size: 1.4rem; font-weight: 600 }
dt { font-weight: 600 } dd { margin: 0 0 .4rem } table { border-collapse: collapse; margin: 1rem 0 }
td, th { text-align: left; padding: .15rem .8rem .15rem 0; vertical-align: top } .n { text-align: right }
.path, dd { overflow-wrap: anywhere } .path { font-family: ui-monospace, monospace }
.ok, .intact { color: #176b2c } .corrupted, .missing, .damaged, .different { color: #b00020; font-weight: 600 }
.modified, .incomplete, .unreadable, .offline, .unstable, .unverifiable { color: #8a5a00 }
@media print { body { margin: 0; max-width: none } section { break-inside: auto } tr { break-inside: avoid } }`;

const ht = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Nothing in a name is markup: what could be is said by its number. */
const md = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]<>()#+!|&~]/g, (character) => `&#${character.charCodeAt(0)};`);
