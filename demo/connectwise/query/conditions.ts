import { ConditionsError, readTokens, type Token } from './condition-tokens.ts';

/*
 * The query language of ConnectWise:
 *
 *   expr    := and ("or" and)*
 *   and     := unary ("and" unary)*
 *   unary   := "not" unary | "(" expr ")" | field op value
 *            | field ["not"] "in" "(" value ("," value)* ")" | field ["not"] ("contains" | "like") string
 *   field   := name ("/" name)*
 *   value   := "string" | 'string' | number | True | False | null | [ISO date-time]
 *
 * Words are read in any case. That "and" binds closer than "or" is inferred.
 */

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Value =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'datetime'; readonly value: number }
  | { readonly kind: 'null' };

/** Field names are in lower case. */
export type Field = readonly string[];

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'compare'; readonly field: Field; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'in'; readonly field: Field; readonly values: readonly Value[] }
  | { readonly kind: 'like'; readonly field: Field; readonly pattern: string };

const OPERATORS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];
const RESERVED: readonly string[] = ['and', 'or', 'not', 'in', 'contains', 'like', 'true', 'false', 'null'];
const MAXIMUM_DEPTH = 100;

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = readTokens(text);
  }

  parse(): Condition {
    const condition = this.#expression();
    if (this.#position < this.#tokens.length) throw this.#unexpected('the end');
    return condition;
  }

  #expression(): Condition {
    this.#depth += 1;
    if (this.#depth > MAXIMUM_DEPTH) throw new ConditionsError('nested too deeply');
    const condition = this.#list('or', () => this.#list('and', () => this.#unary()));
    this.#depth -= 1;
    return condition;
  }

  #list(word: 'and' | 'or', readTerm: () => Condition): Condition {
    const first = readTerm();
    const terms = [first];
    while (this.#takeWord(word)) terms.push(readTerm());
    return terms.length === 1 ? first : { kind: word, terms };
  }

  #unary(): Condition {
    if (this.#takeWord('not')) return { kind: 'not', term: this.#unary() };
    if (!this.#takeSymbol('(')) return this.#comparison();
    const inner = this.#expression();
    this.#expectSymbol(')');
    return inner;
  }

  #comparison(): Condition {
    const field = this.#field();
    const operator = OPERATORS.find((candidate) => this.#takeSymbol(candidate));
    if (operator) return { kind: 'compare', field, operator: operator as Operator, value: this.#value() };
    const negated = this.#takeWord('not');
    const test = this.#wordTest(field);
    return negated ? { kind: 'not', term: test } : test;
  }

  #wordTest(field: Field): Condition {
    if (this.#takeWord('in')) return { kind: 'in', field, values: this.#values() };
    if (this.#takeWord('contains')) return { kind: 'like', field, pattern: `%${this.#string()}%` };
    if (this.#takeWord('like')) return { kind: 'like', field, pattern: this.#string() };
    throw this.#unexpected(`an operator after ${field.join('/')}`);
  }

  #field(): Field {
    const token = this.#tokens[this.#position];
    if (token?.kind !== 'word' || RESERVED.includes(token.text.toLowerCase()))
      throw this.#unexpected('a field');
    this.#position += 1;
    return token.text.toLowerCase().split('/');
  }

  #values(): Value[] {
    this.#expectSymbol('(');
    const values = [this.#value()];
    while (this.#takeSymbol(',')) values.push(this.#value());
    this.#expectSymbol(')');
    return values;
  }

  #value(): Value {
    if (this.#takeWord('true')) return { kind: 'boolean', value: true };
    if (this.#takeWord('false')) return { kind: 'boolean', value: false };
    if (this.#takeWord('null')) return { kind: 'null' };
    const token = this.#tokens[this.#position];
    if (!token || token.kind === 'word' || token.kind === 'symbol') throw this.#unexpected('a value');
    this.#position += 1;
    return token.kind === 'string' ? { kind: 'string', value: token.text } : token;
  }

  #string(): string {
    const token = this.#tokens[this.#position];
    if (token?.kind !== 'string') throw this.#unexpected('a text in quotes');
    this.#position += 1;
    return token.text;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#position += 1;
    return true;
  }

  #takeSymbol(symbol: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.#position += 1;
    return true;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected(`"${symbol}"`);
  }

  #unexpected(wanted: string): ConditionsError {
    const token = this.#tokens[this.#position];
    const found = token ? `"${'text' in token ? token.text : token.value}"` : 'the end';
    return new ConditionsError(`expected ${wanted}, found ${found}`);
  }
}

/** Null for an empty text, which means no condition. Throws `ConditionsError`. */
export function parseConditions(text: string): Condition | null {
  return text.trim() === '' ? null : new Parser(text).parse();
}
