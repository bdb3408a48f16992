/** The places for runs, against a real MongoDB server. */
import { describe, expect, it } from 'vitest';
import type { Slot } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { eachTestHasAQueue, leaseMs, Queue } from './sync-task-rig.ts';

let fresh: FreshDatabase;
let queue: Queue;
eachTestHasAQueue((made, database) => {
  queue = made;
  fresh = database;
});

const four = { total: 4, forPeople: 1 };

async function taken(lane: 'projects' | 'people', places = four, owner = 'w'): Promise<Slot> {
  const slot = await queue.tasks.takeSlot(owner, lane, places);
  if (!slot) throw new Error('no slot is free');
  return slot;
}

describe('slots', () => {
  it('are as many as the settings say, of which some are kept for people', async () => {
    const slots = [await taken('projects'), await taken('projects'), await taken('projects')];
    expect(new Set(slots.map(({ id }) => id)).size).toBe(3);
    expect(await queue.tasks.takeSlot('w', 'projects', four)).toBeUndefined();
    await taken('people');
    expect(await queue.tasks.takeSlot('w', 'people', four)).toBeUndefined();
  });

  it('for people are taken first by people, so that the others stay free, and then those', async () => {
    await taken('people');
    for (const _ of [1, 2, 3]) await taken('projects');
    expect(await queue.tasks.takeSlot('w', 'people', four)).toBeUndefined();
    const other = new Queue(fresh.db);
    for (const _ of [1, 2, 3, 4]) expect(await other.tasks.takeSlot('w', 'people', four)).toBeDefined();
    expect(await other.tasks.takeSlot('w', 'projects', four)).toBeUndefined();
  });

  it('are given to as many as there are, of twenty who ask at the same time', async () => {
    const asked = Array.from({ length: 20 }, (_, i) => queue.tasks.takeSlot(`w${i}`, 'people', four));
    const got = (await Promise.all(asked)).flatMap((slot) => (slot ? [slot.id] : []));
    expect([got.length, new Set(got).size]).toEqual([4, 4]);
  });

  it('are free again when they are given back, and only by who holds them', async () => {
    const one = { total: 1, forPeople: 0 };
    const slot = await taken('projects', one, 'w1');
    await queue.tasks.releaseSlot({ ...slot, owner: 'w2' });
    expect(await queue.tasks.takeSlot('w2', 'projects', one)).toBeUndefined();
    await queue.tasks.releaseSlot(slot);
    await taken('projects', one, 'w2');
    await queue.tasks.releaseSlot(slot);
    expect(await queue.tasks.takeSlot('w3', 'projects', one)).toBeUndefined();
  });

  it('of a worker that is gone are free when the lease is over, and renewed ones are not', async () => {
    const two = { total: 2, forPeople: 0 };
    const lost = await taken('projects', two, 'gone');
    const kept = await taken('projects', two, 'alive');
    queue.advance(leaseMs - 5_000);
    expect(await queue.tasks.renewSlot(kept)).toBe(true);
    expect(await queue.tasks.takeSlot('w', 'projects', two)).toBeUndefined();
    queue.advance(6_000);
    const taker = await taken('projects', two, 'second');
    expect(await queue.tasks.takeSlot('w', 'projects', two)).toBeUndefined();
    expect(await queue.tasks.renewSlot(lost)).toBe(false);
    await queue.tasks.releaseSlot(lost);
    expect(await queue.tasks.renewSlot(taker)).toBe(true);
    expect(await queue.tasks.renewSlot(kept)).toBe(true);
  });

  it('that an owner lost and took anew are held once', async () => {
    const one = { total: 1, forPeople: 0 };
    const first = await taken('projects', one);
    queue.advance(leaseMs + 1_000);
    const second = await taken('projects', one);
    expect(await queue.tasks.renewSlot(first)).toBe(false);
    expect(await queue.tasks.renewSlot(second)).toBe(true);
  });

  it('above the total are not taken when the settings shrink, and those held go on', async () => {
    const slots = [];
    for (const _ of [1, 2, 3]) slots.push(await taken('projects'));
    const small = { total: 2, forPeople: 1 };
    const third = slots[2] as Slot;
    expect(await queue.tasks.renewSlot(third)).toBe(true);
    await queue.tasks.releaseSlot(third);
    expect(await queue.tasks.takeSlot('w', 'people', small)).toBeUndefined();
    await queue.tasks.releaseSlot(slots[1] as Slot);
    expect(await queue.tasks.takeSlot('w', 'projects', small)).toBeUndefined();
    await taken('people', small);
    expect(await queue.tasks.takeSlot('w', 'projects', { total: 1, forPeople: 3 })).toBeUndefined();
  });

  it('keep owners as they are named, and unknown slots are nobody’s', async () => {
    const slot = await taken('projects', four, '$number#7');
    expect(slot.owner).toBe('$number#7');
    expect(await queue.tasks.renewSlot(slot)).toBe(true);
    expect(await queue.tasks.renewSlot({ id: 'nonsense', owner: 'w' })).toBe(false);
    expect(
      await new Queue(fresh.db).tasks.takeSlot('w', 'projects', { total: 1, forPeople: 0 }),
    ).toBeDefined();
  });
});
