import { afterEach, expect, it } from 'vitest';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

let rig: Rig;

afterEach(() => rig.stop());

type State = { on: boolean; acts: number; everyMs: number; seed: number };
const state = async () => (await rig.control('GET', '/life')).json as State;

it('goes on by itself, and stops when it is told', async () => {
  rig = await startRig({ life: { everyMs: 10, seed: 3 } });
  await expect.poll(async () => (await state()).acts).toBeGreaterThan(5);
  const stopped = await rig.control('PUT', '/life', { on: false });
  expect(stopped.json).toMatchObject({ on: false, everyMs: 10, seed: 3 });
  const { acts } = stopped.json as State;
  const changed = encodeURIComponent('lastUpdated >= [2026-03-02T09:30:15Z]');
  const counts = ['/project/tickets', '/time/entries', '/schedule/entries'].map(async (path) => {
    const { json } = await rig.get(`${path}/count?conditions=${changed}`);
    return (json as { count: number }).count;
  });
  expect((await Promise.all(counts)).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
  await rig.control('PUT', '/life', { on: true, everyMs: 20, actsPerHour: 720_000 });
  await expect.poll(async () => (await state()).acts).toBeGreaterThan(acts + 40);
  expect(await state()).toMatchObject({ on: true, everyMs: 20, seed: 3, actsPerHour: 720_000 });
});

it('is off unless somebody asked for it', async () => {
  rig = await startRig();
  expect(await state()).toMatchObject({ on: false, acts: 0 });
  expect((await rig.control('PUT', '/life', { on: true, everyMs: 1 })).status).toBe(400);
  expect((await rig.control('PUT', '/life', {})).status).toBe(400);
  expect(await state()).toMatchObject({ on: false });
});
