// All commands of bsv: one line each, in the chapters in which help and README list them. A command's file is loaded when it is
// asked for, so that `bsv version` does not wait for a web server it does not start. Two words make a group (`config check`).
import type { Command } from "./command.ts";

export interface Registered {
  readonly chapter: string;
  readonly summary: string;
  load(): Promise<{ default: Command }>;
}

const chapters: Readonly<Record<string, Readonly<Record<string, Omit<Registered, "chapter">>>>> = {
  Record: {
    init: {
      summary: "Write a backupset file to start from",
      load: () => import("./commands/init.ts"),
    },
    scan: {
      summary: "Record what is on disk now as a snapshot",
      load: () => import("./commands/scan.ts"),
    },
    explain: {
      summary: "Tell whether a path is in the snapshots, and by which rule",
      load: () => import("./commands/explain.ts"),
    },
    "config check": {
      summary: "Check the backupset file, its roots and its rules",
      load: () => import("./commands/config-check.ts"),
    },
    "config show": {
      summary: "Show the settings, each with where it comes from",
      load: () => import("./commands/config-show.ts"),
    },
    "config schema": {
      summary: "Print the JSON Schema of the backupset file",
      load: () => import("./commands/config-schema.ts"),
    },
    import: {
      summary: "Take snapshot documents into the store",
      load: () => import("./commands/import.ts"),
    },
    export: {
      summary: "Write the document of a snapshot",
      load: () => import("./commands/export.ts"),
    },
  },
  "Look back": {
    snapshots: {
      summary: "List snapshots, newest first",
      load: () => import("./commands/snapshots.ts"),
    },
    show: {
      summary: "Show one snapshot, and the files in it",
      load: () => import("./commands/show.ts"),
    },
    diff: {
      summary: "Show what changed between two snapshots",
      load: () => import("./commands/diff.ts"),
    },
    log: {
      summary: "Show the history of a file or folder",
      load: () => import("./commands/log.ts"),
    },
    find: {
      summary: "Find files in the history, by name, content, size or time",
      load: () => import("./commands/find.ts"),
    },
    du: {
      summary: "Show where the bytes are, what grew and what churns",
      load: () => import("./commands/du.ts"),
    },
    dupes: {
      summary: "Show files with one content, and what one copy would save",
      load: () => import("./commands/dupes.ts"),
    },
    anomalies: {
      summary: "Tell which snapshots are not plausible, and why",
      load: () => import("./commands/anomalies.ts"),
    },
    stats: {
      summary: "Show what the store takes, set by set",
      load: () => import("./commands/stats.ts"),
    },
  },
  Prove: {
    verify: {
      summary: "Prove the source or a copy against a snapshot, byte by byte",
      load: () => import("./commands/verify.ts"),
    },
    scrub: {
      summary: "Read the source again a part at a time, oldest first",
      load: () => import("./commands/scrub.ts"),
    },
    drill: {
      summary: "Restore a sample with your own tool, and prove what comes back",
      load: () => import("./commands/drill.ts"),
    },
    coverage: {
      summary: "Tell how many verified copies files have, and what may go",
      load: () => import("./commands/coverage.ts"),
    },
    validate: {
      summary: "Find all that is wrong with a document or a backupset file",
      load: () => import("./commands/validate.ts"),
    },
    keygen: {
      summary: "Make the key this installation signs with",
      load: () => import("./commands/keygen.ts"),
    },
    "verify-chain": {
      summary: "Prove that the history is the one that was made",
      load: () => import("./commands/verify-chain.ts"),
    },
    "witness export": {
      summary: "Write what the history ends with, to keep elsewhere",
      load: () => import("./commands/witness-export.ts"),
    },
  },
  "Keep and bring back": {
    tag: {
      summary: "Put tags on a snapshot, or take them off",
      load: () => import("./commands/tag.ts"),
    },
    describe: {
      summary: "Say what a backupset is",
      load: () => import("./commands/describe.ts"),
    },
    prune: {
      summary: "Delete the snapshots that retention does not keep",
      load: () => import("./commands/prune.ts"),
    },
    delete: {
      summary: "Delete snapshots from the history",
      load: () => import("./commands/delete.ts"),
    },
    rollback: {
      summary: "Plan the way back to a snapshot, and go it with --apply",
      load: () => import("./commands/rollback.ts"),
    },
    "db check": {
      summary: "Prove that the store is what was recorded",
      load: () => import("./commands/db-check.ts"),
    },
    "db backup": {
      summary: "Copy the store to a file, while it is used",
      load: () => import("./commands/db-backup.ts"),
    },
    "db compact": {
      summary: "Give the space of what was deleted back to the disk",
      load: () => import("./commands/db-compact.ts"),
    },
  },
  Sync: {
    push: {
      summary: "Send a server the snapshots it lacks",
      load: () => import("./commands/push.ts"),
    },
    pull: {
      summary: "Fetch a lost history back from a server",
      load: () => import("./commands/pull.ts"),
    },
    login: {
      summary: "Keep the key that a server is asked with",
      load: () => import("./commands/login.ts"),
    },
    logout: {
      summary: "Forget the key of a server",
      load: () => import("./commands/logout.ts"),
    },
    whoami: {
      summary: "Show whose key a server is asked with",
      load: () => import("./commands/whoami.ts"),
    },
    sets: {
      summary: "List backupsets, and how fresh each is",
      load: () => import("./commands/sets.ts"),
    },
    machines: {
      summary: "List machines",
      load: () => import("./commands/machines.ts"),
    },
  },
  Serve: {
    serve: {
      summary: "Serve this store over HTTP",
      load: () => import("./commands/serve.ts"),
    },
    healthcheck: {
      summary: "Ask a server whether it is ready",
      load: () => import("./commands/healthcheck.ts"),
    },
    "user add": {
      summary: "Add somebody who may sign in to the server",
      load: () => import("./commands/user-add.ts"),
    },
    "user list": {
      summary: "List the server's users",
      load: () => import("./commands/user-list.ts"),
    },
    "user disable": {
      summary: "Lock a user out",
      load: () => import("./commands/user-disable.ts"),
    },
    "user enable": {
      summary: "Let a disabled user in again",
      load: () => import("./commands/user-enable.ts"),
    },
    "user passwd": {
      summary: "Set a user's password",
      load: () => import("./commands/user-passwd.ts"),
    },
    "key create": {
      summary: "Make an API key for a machine or a script",
      load: () => import("./commands/key-create.ts"),
    },
    "key list": {
      summary: "List API keys, and when each was last used",
      load: () => import("./commands/key-list.ts"),
    },
    "key revoke": {
      summary: "Make an API key worthless",
      load: () => import("./commands/key-revoke.ts"),
    },
    "key rotate": {
      summary: "Replace an API key by a new one",
      load: () => import("./commands/key-rotate.ts"),
    },
    "session list": {
      summary: "List the browsers that are signed in",
      load: () => import("./commands/session-list.ts"),
    },
    "session revoke": {
      summary: "Sign a browser out",
      load: () => import("./commands/session-revoke.ts"),
    },
    "owner show": {
      summary: "Show whose a machine is, and who may read it",
      load: () => import("./commands/owner-show.ts"),
    },
    "owner set": {
      summary: "Give a machine to another user",
      load: () => import("./commands/owner-set.ts"),
    },
    "owner share": {
      summary: "Let another user read a machine",
      load: () => import("./commands/owner-share.ts"),
    },
    "owner unshare": {
      summary: "Let a user read a machine no more",
      load: () => import("./commands/owner-unshare.ts"),
    },
    audit: {
      summary: "Show who did what to the server",
      load: () => import("./commands/audit.ts"),
    },
  },
  Itself: {
    version: {
      summary: "Show the version of bsv and of what is inside it",
      load: () => import("./commands/version.ts"),
    },
  },
};

/** By verb, chapter after chapter. */
export const registry: Readonly<Record<string, Registered>> = Object.fromEntries(
  Object.entries(chapters).flatMap(([chapter, verbs]) =>
    Object.entries(verbs).map(([verb, registered]) => [verb, { chapter, ...registered }]),
  ),
);
