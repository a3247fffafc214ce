import { brokenOnPurpose } from "./sabotage.ts";

brokenOnPurpose([
  {
    breaks: "I1: a receipt for any snapshot will do",
    file: "sync/upload.ts",
    from: "if (receipt.snapshot_id !== snapshotId) {",
    to: "if (receipt.snapshot_id === undefined) {",
    test: ["sync/call.test.ts", "I1: a receipt for another snapshot"],
  },
  {
    breaks: "I1: a push believes that what it sent has arrived",
    file: "jobs/push/send.ts",
    from: "const receipt = await deliver(way, parcel, signed, run);",
    to: `const receipt = await deliver(way, parcel, signed, run).catch(() => ({ status: "stored" as const, gap: null }));`,
    test: ["faults/kill.test.ts", "I1, I2: a server killed"],
  },
  {
    breaks: "I2: whatever a remote answers is stored",
    file: "jobs/ingest/ingest.ts",
    from: "if (incoming.isOurs && incoming.givenId === expectedId) return;",
    to: "if (expectedId) return;",
    test: ["sync/pull.test.ts", "I2: a remote that answers with anything but"],
  },
  {
    breaks: "parts are built upon, whoever sent them",
    file: "sync/parts.ts",
    from: "if (sha256(body.read(offset, part.size)) !== part.sha256) return false;",
    to: "",
    test: ["sync/parts.test.ts", "parts that are not ours are not built upon"],
  },
  {
    breaks: "a link that breaks within a part gets the same part again",
    file: "sync/parts.ts",
    from: "partBytes = Math.ceil(partBytes / 2)",
    to: "partBytes += 0",
    test: ["sync/parts.test.ts", "a link that breaks within every 700 KiB"],
  },
  {
    breaks: "a lost base is the end of it",
    file: "jobs/push/send.ts",
    from: `if (outcome !== "refused" || baseId === null) {`,
    to: "if (outcome) {",
    test: ["sync/push.test.ts", "a base that the remote lost in the meantime"],
  },
  {
    breaks: "one conflict ends the push",
    file: "jobs/push/send.ts",
    from: `  conflict: "conflict",`,
    to: "",
    test: ["sync/push.test.ts", "I3: a conflict that arises while pushing"],
  },
  {
    breaks: "I5: a path in a question becomes UTF-8",
    file: "core/query-text.ts",
    from: "if (text.isWellFormed()) return encodeURIComponent(text);",
    to: "return encodeURIComponent(text.toWellFormed());",
    test: ["sync/remote.test.ts", "a path that is not UTF-8 is asked for by its own bytes"],
  },
  {
    breaks: "I11: answers of any size are read",
    file: "sync/answer.ts",
    from: "if (sizeBytes > limitBytes) throw",
    to: "if (sizeBytes < 0) throw",
    test: ["sync/call.test.ts", "I11: a giant answer is cut at the limit"],
  },
]);
