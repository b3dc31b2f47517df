/** Errors as answers: RFC 9457, "Problem Details for HTTP APIs". */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

/** The body of every error answer. */
export interface ProblemBody {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export const problemSchema: z.ZodType<ProblemBody> = z.object({
  type: z.literal('about:blank').describe('The status is the type of the problem.'),
  title: z.string().describe("The status' name."),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What is wrong, for people: the rule and the value.'),
});

/** A request that is refused or cannot be answered. The client gets its message. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param detail one line: characters that would move a terminal's cursor, or hide others, are written as
   * `\u001b`
   */
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(visible(detail));
    this.status = status;
    this.headers = headers;
  }

  get content(): ProblemBody {
    const { status, message } = this;
    return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message };
  }

  get body(): string {
    return `${JSON.stringify(this.content)}\n`;
  }

  toResponse(): Response {
    const headers = { 'Content-Type': problemType, ...this.headers };
    return new Response(this.body, { status: this.status, headers });
  }
}

/** The answer for an internal error. */
export function faultProblem(): Problem {
  return new Problem(500, 'an internal error; see the output of the server');
}

function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (letter) =>
    Array.from({ length: letter.length }, (_, i) => letter.charCodeAt(i).toString(16).padStart(4, '0'))
      .map((code) => `\\u${code}`)
      .join(''),
  );
}

export const problemType = 'application/problem+json';

/** The client disconnected before the answer: nginx's status, which is only logged. */
export const clientGone = 499;
