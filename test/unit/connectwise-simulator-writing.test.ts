import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../demo/connectwise/api/kinds.ts';
import { DEFAULT_SWITCHES, worldRules } from '../../demo/connectwise/switches.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import type { Row } from '../../demo/connectwise/world/record-store.ts';
import { Refusal } from '../../demo/connectwise/world/refusal.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import { answerEdit, type WriteOrder, writesOf } from '../../demo/connectwise/write/answer-write.ts';

const now = new Date('2026-03-02T09:30:15.678Z');
const makeWorld = (projects: number, tickets: number) =>
  createWorld({ seed: 7, projects, tickets, now, clock: () => now });

function orderFor(world: World, writes: WriteOrder['writes'], parentId: number | null): WriteOrder {
  return {
    world,
    switches: DEFAULT_SWITCHES,
    writes,
    parentId,
    // Nothing is asked for, and the whole record is checked all the same.
    body: '[]',
    onNotice: () => undefined,
    show: (row) => row,
  };
}

const writable = KINDS.filter((kind) => writesOf(kind) && kind.path !== '/service/tickets');

describe('the records of a new tenant', () => {
  it.each(writable.map((kind) => [kind.path, kind] as const))(
    'of %s pass their own checks',
    (_path, kind) => {
      const world = makeWorld(12, 30);
      const writes = writesOf(kind);
      if (!writes) throw new Error('not writable');
      const rows: readonly Row[] = world.stores[kind.store].rows();
      expect(rows.length).toBeGreaterThan(10);
      const statuses = rows.map((row) => {
        const parentId = 'projectId' in row ? Number(row.projectId) : null;
        const locked = 'status' in row && row.status === 'Billed';
        const order = orderFor(world, writes, parentId);
        return locked ? 200 : answerEdit(order, 'PATCH', row).status;
      });
      expect(new Set(statuses)).toEqual(new Set([200]));
    },
  );
});

describe('WBS codes', () => {
  /** Every phase, and every ticket, stands right below the phase that it names, and nobody stands twice. */
  function expectATree(world: World): void {
    const phases = world.stores.phases.rows();
    const tickets = world.stores.tickets.rows();
    const codes = [...phases, ...tickets].map(({ wbsCode }) => wbsCode);
    expect(new Set(codes).size).toBe(codes.length);
    const above = (code: string) => code.slice(0, Math.max(0, code.lastIndexOf('.')));
    for (const { wbsCode, parentPhase } of phases) {
      const parent = parentPhase && world.stores.phases.get(parentPhase.id);
      expect(above(wbsCode)).toBe(parent?.wbsCode ?? '');
    }
    for (const { wbsCode, phase } of tickets) {
      expect(above(wbsCode)).toBe(world.stores.phases.get(phase.id)?.wbsCode);
    }
  }

  function unlessRefused(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  it('stay a tree whatever moves where, in every project with its own', () => {
    const code = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
    const move = fc.record({
      phase: fc.nat(),
      ticket: fc.boolean(),
      code: code.map((numbers) => numbers.join('.')),
      toTop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
        const world = makeWorld(1, 14);
        const { phases, tickets } = world.stores;
        for (const one of moves) {
          const { length } = one.ticket ? tickets.ids() : phases.ids();
          const id = (one.ticket ? tickets : phases).ids()[one.phase % length] ?? 0;
          const top = one.toTop ? { parentPhase: null } : {};
          unlessRefused(() =>
            one.ticket
              ? world.editTicket('areyes', id, { wbsCode: one.code })
              : world.editPhase('areyes', id, { wbsCode: one.code, ...top }),
          );
          expectATree(world);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('how far a project is', () => {
  it.each([
    ['ClosedTickets', 0.5],
    ['ClosedPhases', 1],
    ['ActualHours', 0.2],
    ['Manual', undefined],
  ])('follows %s of its board', (rule, done) => {
    const world = makeWorld(0, 0);
    world.applyRules(worldRules({ ...DEFAULT_SWITCHES, derivedPercentComplete: true }));
    world.stores.boards.put({ ...world.require('boards', 1), percentageCalculation: rule });
    const days = { estimatedStart: '2026-03-01', estimatedEnd: '2026-04-01' };
    const { id } = world.addProject('areyes', { name: 'P', board: 1, company: 20, budgetHours: 10, ...days });
    const phase = world.addPhase('areyes', { project: id, description: 'A', status: 'Completed' }).id;
    const tickets = ['a', 'b'].map((summary) => world.addTicket('areyes', { summary, phase }).id);
    world.editTicket('areyes', tickets[0] ?? 0, { status: 'Completed' });
    world.addTimeEntry('areyes', {
      chargeToId: tickets[0] ?? 0,
      timeStart: '2026-03-01T08:00:00Z',
      actualHours: 2,
    });
    expect(world.require('projects', id).percentComplete).toBe(done);
    world.editProject('areyes', id, { overridePercentComplete: true, percentComplete: 0.9 });
    world.deleteTicket('areyes', tickets[1] ?? 0);
    expect(world.require('projects', id).percentComplete).toBe(0.9);
  });
});
