// What verify promises, broken on purpose, one promise at a time.
import { brokenOnPurpose } from "./sabotage.ts";

brokenOnPurpose([
  {
    breaks: "other content of the same size and time is taken for the same",
    file: "core/proof/judge.ts",
    from: "if (recorded === read) {",
    to: "if (recorded.length === read.length) {",
    test: ["copies/folder.test.ts", "every fault planted in a folder is found"],
  },
  {
    breaks: "I6: an archive without its end mark counts as whole",
    file: "copies/tar.ts",
    from: "if (block === undefined) throw noEnd(position);",
    to: "if (block === undefined) return undefined;",
    test: ["copies/hostile-tar.test.ts", "I6: an archive cut anywhere makes nothing missing"],
  },
  {
    breaks: "I6: how a tool ended is not asked",
    file: "copies/tool.ts",
    from: "if (exit === 0) return;",
    to: "if (exit >= 0) return;",
    test: ["copies/hostile-tar.test.ts", "I6: a tool that fails, is killed, is not there"],
  },
  {
    breaks: "I6: a folder that is suddenly empty is taken for an empty one",
    file: "copies/folder.ts",
    from: "if (counts.get(root) !== 0) return whyNotMet(path);",
    to: "if (counts.get(root) !== -1) return whyNotMet(path);",
    test: ["copies/folder.test.ts", "I6: a folder that is not there, or suddenly empty"],
  },
  {
    breaks: "I6: whether a root went away while it was read is not asked",
    file: "scan/root-watch.ts",
    from: "return identityText(this.root.openPath) !== this.#identity;",
    to: "return false;",
    test: ["copies/folder.test.ts", "I6: a folder that goes away while it is read"],
  },
  {
    breaks: "I6: a scrub takes what is not met below an empty root for gone",
    file: "jobs/verify/scrub-reading.ts",
    from: "const why = isGone ? watch.whyNotMet() : hashed.error;",
    to: "const why = isGone ? undefined : hashed.error;",
    test: ["jobs/scrub.test.ts", "I6: a root that is not there, or suddenly empty"],
  },
]);
