import { personKey } from '../../domain/person.ts';
import type { Reply } from '../../ports/reply.ts';
import { claimDigest, claimTriesAtMost, claimValidMs } from '../claim-code.ts';
import { askBack, duration, notice, people, text } from '../replies/parts.ts';
import { roleSentence } from '../replies/roles.ts';
import type { Command, CommandDeps, CommandResult } from './command.ts';

const anew = 'Start cwsync anew: while there is no admin it shows a new code each time.';

export const claim: Command = {
  name: 'claim',
  role: 'viewer',
  usage: 'claim <code>',
  summary: 'Makes you the first admin, by the code that cwsync shows when it starts without one.',
  examples: ['claim ABCD-2345'],
  options: {},
  async run({ words }, { person }, deps) {
    if (words.length === 0) {
      const how = 'cwsync shows it when it starts and nobody is an admin yet. Write: claim and the code.';
      return { reply: askBack('Which code?', how) };
    }
    const admins = await deps.roles.holders('admin');
    if (admins.length > 0)
      return { reply: thereIsOne(admins), audited: { outcome: 'refused: there is an admin' } };
    // What was typed is nothing to keep: with a letter wrong it still is nearly the code.
    const taken = await deps.claims.take(claimDigest(words.join('')), claimTriesAtMost);
    if (taken !== 'taken')
      return { reply: refusals[taken](), audited: { outcome: `refused: code ${taken}` } };
    return await makeAdmin(personKey(person), deps);
  },
};

async function makeAdmin(key: string, { roles }: CommandDeps): Promise<CommandResult> {
  await roles.grant(key, 'admin');
  const next = `${roleSentence('admin')} Others get their roles from you: roles grant @user operator`;
  return {
    roleNow: 'admin',
    reply: notice('You are the admin now.', next, [
      { label: 'Set up', command: 'setup' },
      { label: 'Roles', command: 'roles' },
      { label: 'Help', command: 'help' },
    ]),
    audited: { target: key, before: 'no admin', after: 'admin', outcome: 'became the first admin' },
  };
}

function thereIsOne(admins: readonly string[]): Reply {
  return notice('There is an admin already, so no code counts any more.', [
    text('Ask for a role: '),
    ...people(admins, 'nobody'),
    text('.'),
  ]);
}

const refusals = {
  wrong: () =>
    notice(
      'That is not the code.',
      `Look at the start-up screen of cwsync; ${claimTriesAtMost} tries in all.`,
    ),
  expired: () => notice(`The code is over: it counts for ${duration(claimValidMs)}.`, anew),
  'too-many-tries': () => notice(`The code was missed ${claimTriesAtMost} times and counts no more.`, anew),
  none: () => notice('No code counts at present.', anew),
} as const;
