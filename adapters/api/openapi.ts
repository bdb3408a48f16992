/** The OpenAPI document, made from the schemas by which requests are read. */
import { z } from 'zod';
import type { Json } from '../../src/domain/json.ts';
import { type DoorKind, doorFields } from '../../src/domain/plan-door.ts';
import { apiPath } from './plan-handlers.ts';
import type { Shown } from './represent.ts';
import { mappingsPath, type PlanResource, planResources, tableResources } from './routes.ts';
import { bodySchemas, listQuery, memberChange, tableQuery } from './schemas.ts';

type Plain = { readonly [key: string]: Json };

export function openApi(): Shown {
  return {
    openapi: '3.1.0',
    info: {
      title: 'cwsync planner',
      version: '1',
      description:
        'The plan that cwsync keeps in step with ConnectWise. docs/api.md explains it with examples.',
    },
    servers: [{ url: apiPath }],
    security: [{ token: [] }],
    paths: {
      ...Object.assign(
        {},
        ...Object.entries(planResources).map(([path, resource]) => planPaths(path, resource)),
      ),
      ...Object.assign({}, ...Object.keys(tableResources).map(tablePaths)),
      [`/${mappingsPath}`]: { get: answers('What ConnectWise’s statuses mean in the plan', 200, []) },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: { problem: problemAnswer },
    },
  };
}

function planPaths(path: string, { kind, creates, changes, deletes }: PlanResource): Plain {
  const one = {
    parameters: [idParameter],
    get: answers(`One of the ${path}`, 200, []),
    ...(changes
      ? {
          patch: {
            ...answers(`Changes fields (${kind})`, 200, [ifMatch]),
            ...bodyOf(schemaOf(changes, 'change')),
          },
        }
      : {}),
    ...(deletes ? { delete: answers(`Deletes it (${kind})`, 204, [ifMatch]) } : {}),
  };
  const all = {
    get: answers(`The ${path}, by id`, 200, queryOf(listQuery)),
    ...(creates
      ? { post: { ...answers(`Makes one (${kind})`, 201, []), ...bodyOf(schemaOf(creates, 'create')) } }
      : {}),
  };
  return { [`/${path}`]: all, [`/${path}/{id}`]: one };
}

function tablePaths(path: string): Plain {
  const change =
    path === 'members'
      ? {
          patch: {
            ...answers('Sets whether a member counts as active', 200, []),
            ...bodyOf(plain(memberChange)),
          },
        }
      : {};
  return {
    [`/${path}`]: { get: answers(`The ${path}, by id`, 200, queryOf(tableQuery)) },
    [`/${path}/{id}`]: { parameters: [idParameter], get: answers(`One of the ${path}`, 200, []), ...change },
  };
}

function plain(schema: z.ZodType): Plain {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return JSON.parse(JSON.stringify(rest)) as Plain;
}

/** Which fields are needed and which may be written is said by the rules of the plan's doors. */
function schemaOf(kind: DoorKind, use: 'create' | 'change'): Plain {
  const { required, create, change } = doorFields(kind);
  const { properties = {}, ...rest } = plain(bodySchemas[kind]) as { readonly properties?: Plain };
  const writable = new Set(['projectId', ...(use === 'create' ? create : change)]);
  const shown = Object.entries(properties).filter(([field]) => writable.has(field));
  const place = use === 'create' && 'projectId' in properties ? ['projectId'] : [];
  return {
    ...rest,
    properties: Object.fromEntries(shown),
    ...(use === 'create' ? { required: [...place, ...required] } : {}),
    additionalProperties: false,
  };
}

const bodyOf = (schema: Plain): Plain => ({
  requestBody: { required: true, content: { 'application/json': { schema } } },
});

function queryOf(schema: z.ZodObject): readonly Plain[] {
  const { properties = {} } = plain(schema) as { readonly properties?: Plain };
  return Object.entries(properties).map(([name, of]) => ({ name, in: 'query', schema: of }));
}

const idParameter: Plain = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const ifMatch: Plain = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The ETag of the version that you saw.',
  schema: { type: 'string', examples: ['"7"'] },
};
const problemAnswer: Plain = {
  description: 'What was wrong, and what to do next',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: {
          code: { type: 'string' },
          status: { type: 'integer' },
          title: { type: 'string' },
          detail: { type: 'string' },
          next: { type: 'string' },
          refusals: {
            type: 'array',
            items: { type: 'object', properties: { path: { type: 'string' }, reason: { type: 'string' } } },
          },
          current: { type: 'object' },
        },
      },
    },
  },
};

function answers(summary: string, status: number, parameters: readonly Json[]): Plain {
  return {
    summary,
    parameters,
    responses: {
      [status]: { description: 'Done' },
      default: { $ref: '#/components/responses/problem' },
    },
  };
}
