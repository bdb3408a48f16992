/*
 * Loaded before a process: its clock is off by as many milliseconds as the file CLOCK_IS_OFF_FILE says, from the moment
 * at which it says so. What only measures how much time has passed goes on undisturbed, as on a real machine.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_IS_OFF_FILE ?? '';
const TrueDate = Date;
let offMs = 0;
let readAt = Number.NEGATIVE_INFINITY;

function stepped(): number {
  if (performance.now() - readAt > 50) {
    readAt = performance.now();
    try {
      offMs = Number(readFileSync(file, 'utf8'));
    } catch {
      // It is being written: as before.
    }
  }
  return TrueDate.now() + offMs;
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [stepped()] : args, self),
  apply: () => new TrueDate(stepped()).toString(),
  get: (target, key, self) => (key === 'now' ? stepped : Reflect.get(target, key, self)),
});
