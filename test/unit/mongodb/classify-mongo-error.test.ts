import {
  MongoBulkWriteError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { describe, expect, it } from 'vitest';
import { classifyMongoError } from '../../../adapters/mongodb/classify-mongo-error.ts';

function serverError(code: number): MongoServerError {
  return new MongoServerError({ message: 'x', code });
}

describe('classifyMongoError', () => {
  it.each([
    ['network', new MongoNetworkError('x')],
    ['not connected', new MongoNotConnectedError('x')],
    ['closed', new MongoTopologyClosedError('x')],
    ['not primary', serverError(10107)],
    ['stepped down', serverError(189)],
    ['shutting down', serverError(91)],
    ['disk full', serverError(14031)],
    ['a cause', new Error('wrapped', { cause: new Error('twice', { cause: new MongoNetworkError('x') }) })],
  ])('unavailable: %s', (_name, error) => {
    expect(classifyMongoError(error)).toBe(true);
  });

  it.each([
    ['refused login', serverError(18)],
    ['duplicate key', serverError(11000)],
    ['failed validation', serverError(121)],
    ['a bulk write of ours', new MongoBulkWriteError({ message: 'x', code: 11000 }, {} as never)],
    ['an error of ours', new TypeError('x')],
    ['no error', undefined],
    ['words', 'network'],
  ])('not the store: %s', (_name, error) => {
    expect(classifyMongoError(error)).toBe(false);
  });

  it('ends on a chain of causes that bites its tail', () => {
    const error = new Error('x');
    error.cause = error;
    expect(classifyMongoError(error)).toBe(false);
  });
});
