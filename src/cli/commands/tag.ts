// `bsv tag REF +NAME -NAME`: words on a snapshot, for people and for retention (keep_tags).
import { defineCommand, dryRun } from "#cli/command.ts";
import { shortId, snapshotFacts, type Told } from "#cli/output/snapshot-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import type { Reference } from "#core/reference.ts";
import type { Run } from "#core/run.ts";
import { isTag, TAG_HELP } from "#core/tag.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { TagChanges } from "#db/tags.ts";
import type { RemoteHistory, RemoteSnapshot } from "#jobs/remote-history.ts";
import { tagSnapshot } from "#jobs/tag.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

Tags live in this store beside the snapshot's document, never in it: its id does
not change, and a push does not carry them (--remote tags the server's). Retention
(keep_tags) can keep what has a tag; bsv snapshots and bsv show tell them. A tag of
one letter is taken off behind --, as in bsv tag REF -- -x.`,
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
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv tag latest +before-upgrade", about: "Mark the newest snapshot" },
    { line: "bsv tag 3f786850 +release -draft", about: "One tag on, another off" },
    { line: "bsv tag 3f786850", about: "Which tags it has" },
    {
      line: "bsv tag latest +keep --remote default",
      about: "At the server, for its own retention",
    },
  ],
  exits: [5, 6, 7, 8],
  async run(context, { ref, tag: changes, "dry-run": isDryRun, remote }) {
    const { out, run } = context;
    const add = changes.filter(({ isOn }) => isOn).map(({ tag }) => tag);
    const remove = changes.filter(({ isOn }) => !isOn).map(({ tag }) => tag);
    refuseBoth(add, remove);
    const isChange = changes.length > 0 && !isDryRun;
    const wish = isChange ? { add, remove } : undefined;
    const history = await remoteHistory(context, remote);
    const [row, now] = history
      ? await theirs(history, await history.resolve(ref, await thisMachineId(context)), wish)
      : await ours(await context.existingStore(), ref, wish, run);
    const tags = isDryRun ? changed(now, add, remove) : now;
    await out.answer({ ...snapshotFacts({ ...row, tags: [] }), tags, written: isChange }, () => {
      const would = isDryRun ? "would have" : "has";
      const name = `${shortId(row.snapshotId)} of ${row.machineId}/${row.setName}`;
      return [`${name} ${would} ${tags.length === 0 ? "no tags" : `the tags ${tags.join(", ")}`}`];
    });
    return "done";
  },
});

// --- internal ---

/** The snapshot, and the tags it has now. */
type Tagged = readonly [Told, readonly string[]];

async function ours(
  scope: Scope,
  ref: Reference,
  changes: TagChanges | undefined,
  run: Run,
): Promise<Tagged> {
  const row = await resolveReference(scope, ref);
  if (changes === undefined) return [row, row.tags];
  const { snapshotId } = row;
  return [row, (await tagSnapshot(scope, { snapshotId, ...changes }, run)).tags];
}

async function theirs(
  history: RemoteHistory,
  row: RemoteSnapshot,
  changes: TagChanges | undefined,
): Promise<Tagged> {
  return [row, await history.tags(row, changes)];
}

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
