import { afterEach, describe, expect, it } from 'vitest';
import { activityScheduleType } from '../../adapters/connectwise/inferred.ts';
import { probeItems } from '../../adapters/connectwise/probe.ts';
import { type ConnectWiseOptions, DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { runProbe } from '../../src/bootstrap/probe.ts';
import { SkippingClock } from '../support/hand-clock.ts';
import { NOW, type Rig, startRig } from './connectwise-simulator-rig.ts';

let simulator: Rig | undefined;
afterEach(() => simulator?.stop());

async function probed(options: Partial<ConnectWiseOptions> = {}, env: NodeJS.ProcessEnv = {}) {
  simulator = await startRig({ world: { seed: 7, projects: 12, tickets: 120 }, ...options });
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  const lines: string[] = [];
  const code = await runProbe({
    env: {
      CONNECTWISE_URL: simulator.url,
      CONNECTWISE_COMPANY_ID: companyId,
      CONNECTWISE_PUBLIC_KEY: publicKey,
      CONNECTWISE_PRIVATE_KEY: privateKey,
      CONNECTWISE_CLIENT_ID: clientId,
      ...env,
    },
    print: (line) => lines.push(line),
    clock: new SkippingClock(),
  });
  const { json } = await simulator.control('GET', '/requests');
  return { code, output: lines.join('\n'), json, simulator };
}

/** What stands under an item, up to the next one. */
function under(output: string, item: string): string {
  const from = output.indexOf(item);
  if (from < 0) throw new Error(`nothing about “${item}” in\n${output}`);
  const next = output.slice(from).search(/\n\n/u);
  return next < 0 ? output.slice(from) : output.slice(from, from + next);
}

/** No word of ours has it. */
const mark = 'Zqxj';
/** Values that are one of a few, not somebody's words; ConnectWise would not be ConnectWise with others. */
const enumerated = new Set(['chargeToType', 'predecessorType', 'licenseClass']);

/** Writes the mark into every text of a record, however deep, and says into how many. */
function markTexts(record: object, seen = new Set<object>()): number {
  // References are shared by the records that have them.
  if (seen.has(record)) return 0;
  seen.add(record);
  let marked = 0;
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'object' && value !== null) marked += markTexts(value, seen);
    if (typeof value !== 'string' || enumerated.has(name) || /^\d{4}-\d\d-\d\dT/u.test(value)) continue;
    Object.assign(record, { [name]: `${value}${mark}` });
    marked += 1;
  }
  return marked;
}

describe('the probe', () => {
  it('tells something about every item, and what it settles', async () => {
    const { code, output } = await probed();
    expect(code).toBe(0);
    for (const { item, settles } of probeItems) expect(under(output, item)).toContain(settles);
    expect(under(output, 'percentComplete')).toMatch(/12 projects, \d+ of them over 0/);
    expect(under(output, 'Link header')).toContain('a last page that is not full');
    expect(under(output, 'conditions that it cannot read')).toContain('code InvalidObject');
    expect(under(output, 'Moving a ticket')).toContain('find out: reading does not tell');
    expect(output).not.toMatch(/\.ts\b/u);
  }, 60_000);

  it('sends GETs and nothing else', async () => {
    const { json } = await probed();
    const requests = json as { method: string }[];
    expect(requests.length).toBeGreaterThan(15);
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  }, 60_000);

  it('tells no name and no text of any record, and no key', async () => {
    const world = createWorld({ seed: 7, projects: 12, tickets: 120, now: NOW });
    const rows = Object.values(world.stores).map((store) => store.rows());
    expect(markTexts(rows)).toBeGreaterThan(1_000);
    // What ConnectWise says of a refusal could name a record, too.
    const switches = { badConditionsMessage: `${mark} {reason}`, forbiddenMessage: mark };
    const { output, simulator: rig } = await probed({ world, switches, withheld: ['members'] });
    expect(under(output, 'security role does not allow')).toContain('403');
    expect((await rig.get('/project/tickets?pageSize=1')).text).toContain(mark);
    expect(under(output, 'letter of schedule entries')).toContain('an identifier of 5 characters');
    expect(output).not.toContain(mark);
    const { publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
    for (const secret of [publicKey, privateKey, clientId]) expect(output).not.toContain(secret);
  }, 60_000);

  it('sees the letter that schedule entries of project tickets have here', async () => {
    const { output } = await probed({ switches: { projectTicketScheduleType: 'P' } });
    expect(under(output, 'letter of schedule entries')).toMatch(/P: \d+ entries/);
    expect(under(output, 'letter of schedule entries')).toContain(
      'projectTicketScheduleType = S is wrong here',
    );
  }, 60_000);

  it('sees both ends of forward-only pages', async () => {
    const empty = await probed();
    expect(under(empty.output, 'Link header')).toContain('1,000): an empty Link');
    await empty.simulator.stop();
    const absent = await probed({ switches: { finalLink: 'absent', linkAfterFullLastPage: 'next' } });
    expect(under(absent.output, 'Link header')).toContain('1,000): no Link');
    expect(under(absent.output, 'last page that is full')).toContain('a Link with a next page, with pageId');
  }, 60_000);

  it('tells what is refused, and goes on', async () => {
    const { code, output } = await probed({ withheld: ['timeEntries', 'members'] });
    expect(code).toBe(0);
    expect(under(output, 'time entries name their project')).toContain('time entries: refused with 403');
    expect(under(output, 'security role does not allow')).toContain('a missing right is a plain 403');
    expect(under(output, 'Link header')).toContain('an empty Link');
  }, 60_000);

  it('ends with 1 and the next step where the keys are refused', async () => {
    const { code, output } = await probed({}, { CONNECTWISE_PRIVATE_KEY: 'not-the-key' });
    expect(code).toBe(1);
    expect(output).toContain('ConnectWise refused the API keys');
    expect(output).not.toContain('not-the-key');
  });

  it('ends with 1 where ConnectWise is not configured', async () => {
    const { code, output } = await probed({}, { CONNECTWISE_CLIENT_ID: '' });
    expect(code).toBe(1);
    expect(output).toContain('ConnectWise needs CONNECTWISE_CLIENT_ID');
  });
});

describe('what is to be done', () => {
  it('nothing, where all that cwsync goes by was seen to be right', async () => {
    const world = createWorld({ seed: 7, projects: 12, tickets: 120, now: NOW });
    for (const project of world.stores.projects.rows()) Object.assign(project, { percentComplete: 0.5 });
    const { output } = await probed({ world });
    expect(under(output, 'Moving a ticket')).toMatch(/to do: +nothing$/u);
    expect(under(output, 'percentComplete')).toMatch(/to do: +nothing$/u);
    expect(output).not.toContain('⚠');
    expect(output).toContain('Nothing needs to be done');
  }, 60_000);

  it('what is wrong here is marked, and counted at the end', async () => {
    const { output } = await probed({ switches: { projectTicketScheduleType: activityScheduleType } });
    expect(output).toContain('⚠ The letter of schedule entries');
    expect(under(output, 'letter of schedule entries')).toMatch(/to do: +give this output to whoever/u);
    expect(output).toContain('2 items need your attention, marked ⚠.');
  }, 60_000);

  it('what could not be told is marked only where cwsync goes by it', async () => {
    const { output } = await probed({ withheld: ['timeEntries'] });
    expect(output).toContain('⚠ Whether time entries name their project');
    expect(output).toContain('? Moving a ticket to another phase');
  }, 60_000);
});
