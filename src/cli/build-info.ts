// What this build is, written into it by script/build.ts. Run from source there is no commit to name.
declare const BSV_VERSION: string | undefined;
declare const BSV_COMMIT: string | undefined;

export const buildInfo = {
  version: typeof BSV_VERSION === "undefined" ? "0.0.0-source" : BSV_VERSION,
  commit: typeof BSV_COMMIT === "undefined" ? null : BSV_COMMIT,
} as const;
