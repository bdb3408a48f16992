/** A day of the demo's life; one of 500 projects by `npm run day`. */
import { expect, it } from 'vitest';
import { quickDatabase } from '../support/mongodb.ts';
import { liveADay } from './day-of-life.ts';
import { migratedDatabase } from './migrated-database.ts';

const projects = Number(process.env.DAY_PROJECTS ?? 12);
const hours = Number(process.env.DAY_HOURS ?? 12);

it(`ends with each of ${projects} projects healthy and as ConnectWise has it`, async () => {
  await using fresh = await migratedDatabase(quickDatabase);
  const day = await liveADay(fresh.db, {
    projects,
    hours,
    actsPerHourPerProject: 0.72,
    lanes: projects > 100 ? 3 : 1,
    ...(projects > 100 ? { onHour: (line) => process.stdout.write(`${line}\n`) } : {}),
  });
  process.stdout.write(`a day of ${projects} projects: ${JSON.stringify(day)}\n`);
  expect(Object.keys(day.health)).toEqual(['Healthy']);
  expect(day.acts).toBeGreaterThan(projects * hours * 0.4);
}, 3_600_000);
