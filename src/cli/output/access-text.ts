// Users, keys, sessions and events of the audit log as tables for people.
import {
  keyState,
  type Key,
  type ToldEvent,
  type ToldSession,
  type ToldUser,
} from "#core/access/access-facts.ts";
import { rightsText } from "#core/access/access.ts";
import { printable } from "./escape.ts";
import { timeText } from "./snapshot-text.ts";
import type { Column } from "./table.ts";
import { ageText } from "./units.ts";

export const userColumns: readonly Column<ToldUser>[] = [
  { title: "USER", text: (user) => printable(user.name) },
  { title: "ROLE", text: (user) => (user.isAdmin ? "admin" : "member") },
  { title: "PASSWORD", text: (user) => (user.hasPassword ? "yes" : "no") },
  { title: "SINCE", text: (user) => timeText(user.createdAtMs) },
  { title: "", text: (user) => (user.disabledAtMs === null ? "" : "disabled") },
];

export const keyColumns = (nowMs: number): readonly Column<Key>[] => [
  { title: "KEY", text: (key) => key.keyId },
  { title: "USER", text: (key) => printable(key.userName) },
  { title: "SCOPES", text: (key) => rightsText(key.rights).replaceAll(" ", ",") },
  { title: "MACHINES", text: (key) => printable(key.machines?.join(",") ?? "all") },
  { title: "STATE", text: (key) => keyState(key, nowMs) },
  {
    title: "EXPIRES",
    text: ({ expiresAtMs }) => (expiresAtMs === null ? "never" : timeText(expiresAtMs)),
  },
  { title: "LAST USED", text: (key) => lastUse(key, nowMs) },
  { title: "LABEL", text: (key) => printable(key.label ?? "") },
];

export const sessionColumns: readonly Column<ToldSession>[] = [
  { title: "SESSION", text: (session) => session.sessionId },
  { title: "USER", text: (session) => printable(session.userName) },
  { title: "SINCE", text: (session) => timeText(session.createdAtMs) },
  { title: "LAST USED", text: (session) => timeText(session.lastUsedAtMs) },
  { title: "UNTIL", text: (session) => timeText(session.expiresAtMs) },
  { title: "FROM", text: (session) => printable(session.cameFrom ?? "?") },
];

export const auditColumns: readonly Column<ToldEvent>[] = [
  { title: "NR", align: "right", text: (row) => String(row.seq) },
  { title: "TIME", text: (row) => timeText(row.atMs) },
  { title: "WHO", text: (row) => printable(row.actor) },
  { title: "FROM", text: (row) => printable(row.from ?? "here") },
  { title: "WHAT", text: (row) => printable(row.what) },
  { title: "RESULT", text: (row) => printable(row.result) },
  { title: "TARGET", text: (row) => printable(row.target ?? "") },
];

// --- internal ---

function lastUse({ lastUsedAtMs, lastUsedFrom }: Key, nowMs: number): string {
  if (lastUsedAtMs === null) return "never";
  return `${ageText(lastUsedAtMs, nowMs)} from ${printable(lastUsedFrom ?? "?")}`;
}
