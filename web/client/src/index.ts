// Quote, sign, submit, watch and cancel yield intents.

import createClient from "openapi-fetch";
import type { Address, Hex } from "viem";

import {
  cancelTypedData,
  intentTypedData,
  PERMIT2,
  rebuild,
  SETTLER,
  type Readable,
} from "./digest.js";
import { sent } from "./events.js";
import type { components, paths } from "./schema.js";

export * from "./digest.js";

type Schemas = components["schemas"];
/** What is wanted, by whom. */
export type Ask = Schemas["QuoteRequest"] & { owner: Address };
export type Quote = Schemas["Quote"];
export type SignedIntent = Schemas["SignedIntent"];
export type Accepted = Schemas["AcceptedIntent"];
export type Status = Schemas["IntentStatus"];
export type IntentEvent = Schemas["IntentEvent"];
export type Problem = Schemas["Problem"];

/** Whatever can sign typed data: viem's local accounts, or a wallet client bound to its account. */
export type Signer = {
  address: Address;
  signTypedData: (typedData: never) => Promise<Hex>;
};

export type Options = {
  /** The chain that is signed for. */
  chainId?: number;
  /** The Settler, where it is not at the address that its own code gives it. */
  settler?: Address;
  /** A key of the server's. */
  key?: string;
  fetch?: typeof fetch;
};

/** What a server answers instead of what was asked, by the one table of problems. */
export class TenorProblem extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = "TenorProblem";
  }

  get code(): Problem["code"] {
    return this.problem.code;
  }

  get retryable(): boolean {
    return this.problem.retryable;
  }
}

/** How long to wait before going on with a stream that was cut. */
const PAUSE_MS = 500;

/** A server. */
export class Tenor {
  readonly #api;
  readonly #chainId: number;
  readonly #settler: Address;
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #headers: Record<string, string>;

  constructor(url: string, options: Options = {}) {
    this.#url = url.replace(/\/+$/, "");
    this.#chainId = options.chainId ?? 1;
    this.#settler = options.settler ?? SETTLER;
    this.#fetch = options.fetch ?? fetch;
    this.#headers = options.key ? { authorization: `Bearer ${options.key}` } : {};
    this.#api = createClient<paths>({ baseUrl: this.#url, fetch: this.#fetch, headers: this.#headers });
  }

  /** Asks for a quote. What there is to sign has been checked: it is what it says. */
  async quote(ask: Ask): Promise<Quote> {
    const quote = told(await this.#api.POST("/v1/quotes", { body: ask }));
    if (quote.sign) this.#check(ask, quote);
    return quote;
  }

  /** Signs a quote, after rebuilding its digest from what a person reads. */
  async sign(ask: Ask, quote: Quote, signer: Signer): Promise<SignedIntent> {
    const { message, statement, preferences } = this.#check({ ...ask, owner: signer.address }, quote);
    const signature = await signer.signTypedData(intentTypedData(this.#chainId, message) as never);
    return {
      schema: "tenor.intent/1",
      chainId: this.#chainId,
      verifyingContract: PERMIT2,
      message,
      statement,
      preferences: preferences as SignedIntent["preferences"],
      signature,
    };
  }

  /** Hands in a signed intent. Once this resolves it is on the server's disk. */
  async submit(signed: SignedIntent): Promise<Accepted> {
    return told(await this.#api.POST("/v1/intents", { body: signed }));
  }

  async status(id: string): Promise<Status> {
    return told(await this.#api.GET("/v1/intents/{id}", { params: { path: { id } } }));
  }

  /** Every event of an intent after a number, none twice and none left out, until its life ends. A
   * connection that is cut is taken up again where it was. */
  async *watch(
    id: string,
    options: { after?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<IntentEvent> {
    let after = options.after ?? 0;
    for (;;) {
      try {
        const answer = await this.#stream(id, after, options.signal);
        for await (const { data } of sent(answer)) {
          const event = JSON.parse(data) as IntentEvent;
          after = event.seq;
          yield event;
        }
      } catch (error) {
        if (options.signal?.aborted) return;
        if (error instanceof TenorProblem && !error.retryable) throw error;
      }
      if (options.signal?.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      // A stream ends with the intent's life, and when the server stops: it is asked which.
      const status = await this.status(id).catch(() => undefined);
      const last = status?.events.at(-1)?.seq ?? Infinity;
      if (status?.ended && last <= after) return;
    }
  }

  /** Takes an intent back: the server stops trying it. The nonce is spent only by the owner's own
   * transaction, `cancellation.spend_nonce`. */
  async cancel(id: Hex, signer: Signer): Promise<Status> {
    const typedData = cancelTypedData(this.#chainId, this.#settler, id);
    const signature = await signer.signTypedData(typedData as never);
    return told(
      await this.#api.DELETE("/v1/intents/{id}", { params: { path: { id } }, body: { signature } }),
    );
  }

  #check(ask: Ask, quote: Quote): Omit<Readable, "id"> {
    if (!quote.sign) throw new Error(quote.owner_executed?.why ?? `the plan is: ${quote.plan.kind}`);
    const submit = quote.sign.submit as unknown as Omit<Readable, "id">;
    const recipient = (ask.recipient ?? ask.owner) as Address;
    const [chainId, settler] = [this.#chainId, this.#settler];
    rebuild({ ...submit, id: quote.id as Hex }, { chainId, settler, owner: ask.owner, recipient });
    return submit;
  }

  async #stream(id: string, after: number, signal?: AbortSignal) {
    const headers = { ...this.#headers, accept: "text/event-stream", "last-event-id": String(after) };
    const answer = await this.#fetch(`${this.#url}/v1/intents/${id}/events`, {
      headers,
      ...(signal ? { signal } : {}),
    });
    if (!answer.ok || !answer.body) throw new TenorProblem((await answer.json()) as Problem);
    return answer.body;
  }
}

/** The answer, or its problem as an error. */
function told<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new TenorProblem(answer.error as Problem);
  return answer.data;
}
