import { brokenOnPurpose, type Sabotage } from "./sabotage.ts";

const IS_SOAK = process.env["BSV_SOAK"] === "1";
const FUZZED = IS_SOAK ? 5000 : 400;

/** A server killed eight times, twice: half a minute. */
const slow: Sabotage[] = [
  {
    breaks: "I1: an upload is acknowledged before it is stored",
    file: "server/routes/upload.ts",
    from: "const stored = await noted(call, store(house, setOf(params), sent, [body.file]));\n        return receiptAnswer(house, stored);",
    to: `void store(house, setOf(params), sent, [body.file]).catch(() => {});
        return new Response("{}", { status: 201 });`,
    test: ["server/writer.test.ts", "I1, I2: kill -9 in mid-ingest"],
  },
];

brokenOnPurpose([
  ...(IS_SOAK ? slow : []),
  {
    breaks: "I11: what is no JSON is the server's own fault",
    file: "server/answers/problem.ts",
    from: "malformed: 400,",
    to: "malformed: 500,",
    test: ["server/fuzz.test.ts", `I2, I11: ${FUZZED} damaged bodies to POST …/validate`],
  },
  {
    breaks: "I10: the server answers to any name",
    file: "server/layers/hosts.ts",
    from: "!known.some((name) => fits(host, name))",
    to: "known.length < 0",
    test: ["server/front.test.ts", "names I10: a page whose name evil.example was"],
  },
  {
    breaks: "I12: X-Forwarded-For is believed from anybody",
    file: "server/layers/proxies.ts",
    from: "if (!isTrusted(trusted, from) || isIP(address) === 0) break;",
    to: "if (isIP(address) === 0) break;",
    test: ["server/front.test.ts", "proxies I12: X-Forwarded-For is nothing"],
  },
  {
    breaks: "I11: nobody looks how often an address asks",
    file: "server/layers/paces.ts",
    from: "throttle.take(neighbourhood(visit.from));",
    to: "neighbourhood(visit.from);",
    test: ["server/limits.test.ts", "I11: over its requests an address gets 429"],
  },
  {
    breaks: "I11: failed sign-ins are not counted",
    file: "server/access/attempts.ts",
    from: "this.#failures.note(address);",
    to: "",
    test: ["server/limits.test.ts", "I11: over HTTP a guesser"],
  },
  {
    breaks: "I8, I11: an owner may take what is there",
    file: "db/recording/record.ts",
    from: "if (quota !== undefined) mustFit(database, setId, quota);",
    to: "",
    test: ["server/quota.test.ts", "I8, I11: an owner's snapshots"],
  },
]);
