/** Why nothing syncs at all at present: the integration is switched off, or ConnectWise is out of reach. */
import { cut } from '../../domain/text.ts';
import type { GateState } from '../../ports/gate.ts';
import type { Block, Text } from '../../ports/reply.ts';
import { moment, name, paragraph, strong, text, timeOfDay } from './parts.ts';

const wordsAtMost = 300;

type Circuit = NonNullable<GateState['circuit']>;

/** In one plain phrase; undefined while everything may sync. */
export function gateSummary(gate: GateState): string | undefined {
  if (!gate.enabled) return 'integration disabled';
  return gate.circuit ? troubleOf(gate.circuit) : undefined;
}

function troubleOf({ failure }: Circuit): string {
  return failure.code === 'cw.auth' ? 'ConnectWise refuses the API keys' : 'ConnectWise does not answer';
}

/** One line for each reason, none while everything may sync. */
export function gateLines(gate: GateState): readonly Text[] {
  const lines: Text[] = [];
  if (!gate.enabled) lines.push(disabledLine(gate));
  if (gate.circuit) lines.push(circuitLine(gate, gate.circuit));
  return lines;
}

export function gateBlocks(gate: GateState): readonly Block[] {
  return gateLines(gate).map((line) => paragraph(text('⚠ '), ...line));
}

function disabledLine({ changed }: GateState): Text {
  return [
    strong('Integration disabled'),
    ...(changed ? [text(' by '), name(changed.by.name), text(' since '), moment(changed.at)] : []),
    ...(changed?.reason === undefined ? [] : [text(': '), name(changed.reason)]),
    text('. No project syncs until an admin writes: integration enable.'),
  ];
}

function circuitLine(gate: GateState, circuit: Circuit): Text {
  return [
    strong(troubleOf(circuit)),
    text(' since '),
    moment(circuit.since),
    ...(gate.enabled ? nextLook(gate.now, circuit) : []),
    text('. No project syncs until then.'),
    ...(circuit.failure.vendorMessage === undefined
      ? []
      : [text(' ConnectWise says: '), name(cut(circuit.failure.vendorMessage, wordsAtMost))]),
  ];
}

function nextLook(now: Date, { probeAt }: Circuit): Text {
  if (!probeAt) return [text('. An admin checks the keys of the API member, then writes: integration check')];
  if (probeAt <= now) return [text(', looked at again right now')];
  return [text(', next look at '), timeOfDay(probeAt)];
}
