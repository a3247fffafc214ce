import { brokenOnPurpose, type Sabotage } from "./sabotage.ts";

const sabotages: readonly Sabotage[] = [
  {
    breaks: "I13: folders are entered without O_NOFOLLOW",
    file: "disk/folder.ts",
    from: "O_RDONLY | O_DIRECTORY | O_NOFOLLOW",
    to: "O_RDONLY | O_DIRECTORY",
    test: ["scan/walk.test.ts", "I13: a folder swapped for a symlink before it is entered"],
  },
  {
    breaks: "I13: a file is read though it is not the one the walk saw",
    file: "disk/open-regular.ts",
    from: "opened.facts.inode === expected.inode",
    to: "opened.fd > 0",
    test: [
      "disk/hash-file.test.ts",
      "I13: a folder on the way that became a symlink is not followed",
    ],
  },
  {
    breaks: "I13: FIFOs are asked as if they were files",
    file: "disk/facts.ts",
    from: `[constants.S_IFIFO, "fifo"]`,
    to: `[constants.S_IFIFO, "file"]`,
    test: ["scan/walk.test.ts", "I13: FIFOs, sockets and devices are counted, not opened"],
  },
  {
    breaks: "I13: reading moves atime",
    file: "disk/without-atime.ts",
    from: `process.platform === "linux" ? 0o1000000 : 0`,
    to: "0",
    test: ["jobs/scan.test.ts", "I13: scanning changes nothing in the tree"],
  },
  {
    breaks: "I7: nobody looks whether a file changed while it was read",
    file: "disk/facts.ts",
    from: `now.mtimeUs === before.mtimeUs &&
    now.mtimeRestNs === before.mtimeRestNs &&
    now.ctimeUs === before.ctimeUs &&
    now.ctimeRestNs === before.ctimeRestNs &&`,
    to: "",
    test: ["disk/hash-file.test.ts", "I7: a file overwritten in place at its old size"],
  },
  {
    breaks: "I4: a name that cannot be asked about is dropped",
    file: "scan/walk.ts",
    from: `return failure(this.#prefix + path, name, "other", troubleText(error));`,
    to: `return "left out";`,
    test: ["scan/walk.test.ts", "I4: a name that vanishes between listing and asking"],
  },
  {
    breaks: "I4: a folder that cannot be listed is dropped",
    file: "scan/walk.ts",
    from: `return yield failure(this.#prefix + path, "", "dir", troubleText(error));`,
    to: "return;",
    test: ["scan/walk.test.ts", "I13: a folder swapped for a symlink before it is entered"],
  },
  {
    breaks: "I5: names that are no UTF-8 are read with replacement characters",
    file: "disk/folder-calls.ts",
    from: `text.includes("\\ufffd") ? pathText(list.subarray(start, end)) : text`,
    to: "text",
    test: ["scan/walk.test.ts", "I4, I5: 10,000 names of random bytes"],
  },
  {
    breaks: "subfolders are sorted by their bare names",
    file: "scan/walk.ts",
    from: "names.map((name) => `${name}/`)).map((name) => name.slice(0, -1))",
    to: "names)",
    test: [
      "scan/walk.test.ts",
      "folders that begin alike come in the order of what stands in them",
    ],
  },
  {
    breaks: "I6: what was below an offline root counts as removed",
    file: "scan/survey.ts",
    from: "      this.#run.monitor.trouble({ path, error });\n      this.#hidden.add(path);",
    to: "      this.#run.monitor.trouble({ path, error });",
    test: ["jobs/scan.test.ts", "I6: one offline root of three"],
  },
  {
    breaks: "I6: an emptied root is fine",
    file: "scan/survey.ts",
    from: `    return "empty";`,
    to: `    return "ok";`,
    test: ["jobs/scan.test.ts", "I6: a root that is suddenly empty"],
  },
  {
    breaks: "a checksum is carried though the file changed in the tick in which it was read",
    file: "scan/carry.ts",
    from: "const RACY_MS = 2000;",
    to: "const RACY_MS = -1e9;",
    test: ["jobs/scan.test.ts", "a file that changed within two seconds of being read"],
  },
  {
    breaks: "corrupted content passes as modified",
    file: "core/changes.ts",
    from: "before.mtimeUs === after.mtimeUs ? CORRUPTED : false",
    to: "before.mtimeUs !== after.mtimeUs ? CORRUPTED : false",
    test: ["jobs/scan.test.ts", "content that changed while size and mtime did not is corrupted"],
  },
  {
    breaks: "I14: the timestamp is whatever the clock says",
    file: "jobs/scan/timestamp.ts",
    from: "Math.max(nowMs, 1 + (await lastTimestamp(scope, set, parent)))",
    to: "nowMs",
    test: ["jobs/scan.test.ts", "I14: when the clock steps back"],
  },
  {
    breaks: "I2: a document is written in place",
    file: "disk/atomic-file.ts",
    from: "this.#temporary = temporaryName(file)",
    to: "this.#temporary = file",
    test: ["disk/atomic-file.test.ts", "I2: nothing is visible under its name before it is whole"],
  },
  {
    breaks: "an old document goes without the store being asked",
    file: "jobs/documents.ts",
    from: "? await whyNotReproduced(scope, row, run)",
    to: "? undefined",
    test: ["jobs/scan.test.ts", "a document goes only once the store has reproduced its hashes"],
  },
  {
    breaks: "a dead hash thread takes its files with it",
    file: "disk/hash-pool.ts",
    from: "if (job !== undefined) this.#again(job, cause);",
    to: "",
    test: ["disk/hash-pool.test.ts", "a thread that dies of one file costs only that file"],
  },
  {
    breaks: "a sample is taken for a whole reading when somebody means to delete",
    file: "core/proof/copy-standing.ts",
    from: "return wholeAtMs >= notBeforeMs && provenAtMs >= wholeAtMs;",
    to: "return provenAtMs >= notBeforeMs;",
    test: ["jobs/safe-to-delete.test.ts", "no for what was there once"],
  },
  {
    breaks: "a source that lost a file since it was read still vouches for it",
    file: "jobs/verify/source-holds.ts",
    from: "return false;",
    to: "return true;",
    test: ["jobs/safe-to-delete.test.ts", "the source's own reading"],
  },
  {
    breaks: "a path is vouched for by itself under another name",
    file: "jobs/verify/safe-to-delete.ts",
    from: "const counted = standings.filter(({ why }) => why === undefined);",
    to: "const counted = standings;",
    test: ["jobs/safe-to-delete.test.ts", "no by the path's own copy"],
  },
  {
    breaks: "what follows on a suspicious snapshot is plausible again",
    file: "jobs/judge.ts",
    from: "const follows = undone === undefined ? (doubt ?? null) : null;",
    to: "const follows = null;",
    test: ["db/verdicts.test.ts", "what was encrypted does not become the last good one"],
  },
];

brokenOnPurpose(sabotages);
