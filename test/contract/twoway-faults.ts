/** What goes wrong when ConnectWise is written to: before it has done anything, and after. */
import type { Trouble } from './inbound-faults.ts';

const methods = ['POST', 'PATCH', 'POST', 'PATCH', 'DELETE', 'POST', 'PATCH'] as const;

/** Hits the next writes of one method. */
function onWrites(name: string, spec: object): Trouble {
  return async (control, { pick, value }) => {
    const method = methods[pick % methods.length] ?? 'POST';
    const counted = { after: (value >> 3) % 2, times: 1 + (value % 2) };
    await control.fault({ ...spec, ...counted, method });
    return `${name}, on ${counted.times} × ${method} after ${counted.after}`;
  };
}

/** Fields, as the simulator's switch names them, that a write leaves as they are. */
const untaken = [
  'tickets.summary',
  'tickets.budgetHours',
  'tickets.status',
  'tickets.owner',
  'phases.description',
  'projects.name',
  'scheduleEntries.doneFlag',
];
const writable = ['tickets', 'phases', 'scheduleEntries', 'projects', 'timeEntries'] as const;
const rights = ['edit', 'add', 'delete'] as const;

export const writeTroubles = {
  'write fault: 429': onWrites('429', { kind: 'status', status: 429, retryAfter: 2 }),
  'write fault: 503 and not done': onWrites('503', { kind: 'status', status: 503, when: 'before' }),
  'write fault: 503 and done': onWrites('503 though done', { kind: 'status', status: 503, when: 'after' }),
  'write fault: reset and not done': onWrites('a reset', { kind: 'reset', when: 'before' }),
  'write fault: reset and done': onWrites('a reset though done', { kind: 'reset', when: 'after' }),
  'write fault: cut in the middle': onWrites('an answer cut in the middle', { kind: 'reset', half: true }),
  'write fault: broken JSON': onWrites('broken JSON', { kind: 'broken-json' }),
  'write fault: 200 and not taken': async (control, { pick, value }) => {
    const fields = [untaken[pick % untaken.length], untaken[value % untaken.length]];
    await control.switches({
      falseSuccess: [...new Set(fields)],
      ticketPhaseMove: value % 3 === 0 ? 'ignored' : 'applied',
    });
    return `ConnectWise does not take ${fields.join(', ')}, and says 200`;
  },
  'write fault: 200 is true again': async (control) => {
    await control.switches({ falseSuccess: [], ticketPhaseMove: 'applied' });
    return 'ConnectWise takes everything again';
  },
  'write fault: right withdrawn': async (control, { pick, value }) => {
    const entity = writable[pick % writable.length] ?? 'tickets';
    const right = rights[value % rights.length] ?? 'edit';
    await control.writeRight(entity, right, false);
    return `the right to ${right} ${entity} is withdrawn`;
  },
} as const satisfies { readonly [name: string]: Trouble };

export type WriteTroubleName = keyof typeof writeTroubles;
