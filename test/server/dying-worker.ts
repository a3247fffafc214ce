// The writer's thread, but an order to reserve the set "poison" kills it, as a bug or the kernel might.
import "#server/writer-worker.ts";

declare const self: Worker;

const working = self.onmessage!;
self.onmessage = function dying(event) {
  const { name, order } = event.data as { name?: string; order?: { setName?: string } };
  if (name === "reserve" && order?.setName === "poison") process.exit(1);
  if (name === "reserve" && order?.setName === "slow") Bun.sleepSync(400);
  working.call(self, event);
};
