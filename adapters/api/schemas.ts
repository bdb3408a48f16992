/**
 * What requests look like. From these schemas requests are read and the OpenAPI document is made. What a value may be
 * beyond its type is judged by the rules of the plan's doors, which say why.
 */
import { z } from 'zod';
import type { Fields } from '../../src/domain/plan.ts';
import { billableWords, type DoorKind, namesAtMost, noteUses } from '../../src/domain/plan-door.ts';
import { projectCategories, taskCategories } from '../../src/domain/status-mapping.ts';
import { Problem, refused } from './problems.ts';

const name = z.string().meta({ minLength: 1, maxLength: namesAtMost, description: 'One line.' });
const text = z.string();
const instant = z.string().meta({
  examples: ['2026-03-02T09:00:00Z', '2026-03-02'],
  description: 'Whole seconds; an offset becomes UTC, a day alone is midnight UTC.',
});
const hours = z.number().meta({ minimum: 0, multipleOf: 0.01 });
const reference = (what: string) =>
  z
    .object({ id: z.number(), name: z.string().nullish() })
    .meta({ description: `${what}, by its id in ConnectWise; the name is looked up.` });
const planId = (what: string) => z.string().meta({ description: `The id of a ${what} of the plan.` });
const status = (categories: readonly string[]) =>
  z
    .object({
      category: z.string().meta({ enum: [...categories] }),
      id: z.number().nullish(),
      name: z.string().nullish(),
    })
    .meta({ description: 'A category; ConnectWise gets its default status.' });
const span = (last: 'end' | 'due') =>
  z
    .object({ start: instant.nullish(), [last]: instant.nullish() })
    .meta({ description: 'A part that is left out stays as it is.' });
const member = reference('A member');
const projectId = z.string().meta({ description: 'The project in which it is made; it never changes.' });

const order = (what: string) =>
  z.array(z.string()).meta({
    description: `The ids of all ${what} directly below it, in the wanted order; null once ConnectWise has it.`,
  });

const bodies = {
  project: {
    name,
    description: text.nullable(),
    status: status(projectCategories),
    manager: member.nullable(),
    dates: span('end'),
    order: order('phases'),
  },
  phase: {
    projectId,
    name,
    parentId: planId('phase around it').nullable(),
    status: reference('A phase status').nullable(),
    dates: span('end'),
    budgetHours: hours.nullable(),
    order: order('phases and tasks'),
  },
  task: {
    projectId,
    summary: name,
    status: status(taskCategories),
    phaseId: planId('phase').nullable(),
    owner: member.nullable(),
    priority: reference('A priority').nullable(),
    dates: span('due'),
    budgetHours: hours.nullable(),
    predecessor: z
      .object({
        kind: z.string().meta({ enum: ['ticket', 'phase'] }),
        id: z.number(),
        lagDays: z.number().nullish(),
      })
      .nullable()
      .meta({ description: 'By ConnectWise’s id of a ticket or phase of the same project.' }),
  },
  event: {
    taskId: planId('task'),
    slot: z
      .object({
        member: member.optional(),
        start: instant.nullish(),
        end: instant.nullish(),
        hours: hours.nullish(),
      })
      .meta({ description: 'One person’s time; a part that is left out stays as it is.' }),
    done: z.boolean(),
  },
  timeLog: {
    taskId: planId('task'),
    member,
    span: span('end'),
    hours: hours.nullable(),
    workType: reference('A work type').nullable(),
    billable: z
      .string()
      .meta({ enum: [...billableWords] })
      .nullable(),
    notes: text.nullable(),
  },
  projectNote: { projectId, text, type: reference('A note type').nullable(), flagged: z.boolean() },
  ticketNote: { taskId: planId('task'), text, use: z.string().meta({ enum: [...noteUses] }) },
} as const satisfies { readonly [kind in DoorKind]: z.ZodRawShape };

/** Every field of a kind, none of them needed: which are, is told by the rules, as is a field that nobody knows. */
export const bodySchemas: { readonly [kind in DoorKind]: z.ZodObject } = {
  project: z.object(bodies.project).partial(),
  phase: z.object(bodies.phase).partial(),
  task: z.object(bodies.task).partial(),
  event: z.object(bodies.event).partial(),
  timeLog: z.object(bodies.timeLog).partial(),
  projectNote: z.object(bodies.projectNote).partial(),
  ticketNote: z.object(bodies.ticketNote).partial(),
};

export const memberChange = z.strictObject({ status: z.enum(['active', 'inactive']) });

export const pageAtMost = 200;
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(pageAtMost).default(50),
  cursor: z.string().optional().meta({ description: '“next” of the page before.' }),
  project: z.string().optional().meta({ description: 'The id of a project of the plan.' }),
});
export const tableQuery = listQuery.omit({ project: true });

const refusalsOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => ({ path: path.map(String).join('.'), reason: message }));

/** @throws Problem 422 with every path that is not what it should be; 400 where the body is no object */
export function readBody<S extends z.ZodObject>(schema: S, body: unknown): z.infer<S> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('malformed', 'The body is not a JSON object.');
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw refused(refusalsOf(parsed.error));
  return parsed.data;
}

/** As it was sent, and not as the schema sees it: what the schema does not know is told by the rules. */
export function readFields(kind: DoorKind, body: unknown): Fields {
  readBody(bodySchemas[kind], body);
  return body as Fields;
}

/** @throws Problem 400 */
export function readQuery<S extends z.ZodObject>(schema: S, query: unknown): z.infer<S> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const words = refusalsOf(parsed.error).map(({ path, reason }) => (path ? `${path}: ${reason}` : reason));
  throw new Problem('malformed', words.join('; '));
}
