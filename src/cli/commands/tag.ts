// `bsv tag REF +NAME -NAME`: words on a snapshot, for people and for retention (keep_tags).
import { defineCommand, dryRun } from "#cli/command.ts";
import { shortId, snapshotFacts } from "#cli/output/snapshot-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { BsvError } from "#core/errors.ts";
import { isTag, TAG_HELP } from "#core/tag.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { tagSnapshot } from "#jobs/tag.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

Tags live in this store beside the snapshot's document, never in it: its id does
not change, and a push does not carry them. Retention (keep_tags) can keep what
has a tag; bsv snapshots and bsv show tell them.`,
  args: {
    ref: reference,
    tag: {
      type: "positional",
      required: false,
      multiple: true,
      mayStartWithDash: true,
      description: "+TAG puts a tag on, -TAG takes it off; none: say those there are",
      read: readChange,
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv tag latest +before-upgrade", about: "Mark the newest snapshot" },
    { line: "bsv tag 3f786850 +release -draft", about: "One tag on, another off" },
    { line: "bsv tag 3f786850", about: "Which tags it has" },
  ],
  exits: [5, 8],
  async run(context, { ref, tag: changes, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const row = await resolveReference(scope, ref);
    const add = changes.filter(({ isOn }) => isOn).map(({ tag }) => tag);
    const remove = changes.filter(({ isOn }) => !isOn).map(({ tag }) => tag);
    refuseBoth(add, remove);
    const isChange = changes.length > 0 && !isDryRun;
    const tags = isChange
      ? (await tagSnapshot(scope, { snapshotId: row.snapshotId, add, remove }, run)).tags
      : isDryRun
        ? changed(row.tags, add, remove)
        : row.tags;
    await out.answer({ ...snapshotFacts({ ...row, tags: [] }), tags, written: isChange }, () => {
      const would = isDryRun ? "would have" : "has";
      const name = `${shortId(row.snapshotId)} of ${row.machineId}/${row.setName}`;
      return [`${name} ${would} ${tags.length === 0 ? "no tags" : `the tags ${tags.join(", ")}`}`];
    });
    return "done";
  },
});

// --- internal ---

interface TagChange {
  readonly isOn: boolean;
  readonly tag: string;
}

function readChange(word: string): TagChange {
  const tag = word.slice(1);
  if (/^[+-]/.test(word) && isTag(tag)) return { isOn: word.startsWith("+"), tag };
  throw new BsvError("usage", `${JSON.stringify(word)} is no tag to put on or take off`, {
    hint: `Say +TAG or -TAG; ${TAG_HELP}`,
  });
}

function refuseBoth(add: readonly string[], remove: readonly string[]): void {
  const both = add.find((tag) => remove.includes(tag));
  if (both === undefined) return;
  throw new BsvError("usage", `The tag ${both} is both put on and taken off`);
}

const changed = (tags: readonly string[], add: readonly string[], remove: readonly string[]) =>
  [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag)).sort();
