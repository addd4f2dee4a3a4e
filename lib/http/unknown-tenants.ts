import type {Clock} from '../lifecycle/time/clock';

/** The most tenants that are remembered. */
const MOST = 10_000;

/** The tenants that a look-up has not found lately, so that it need not be asked again for each request that a client makes up. */
export class UnknownTenants {
  /** By tenant, the time at which it is forgotten. All are remembered equally long, so the first one is the first to go. */
  readonly #until = new Map<string, number>();

  /** @param ttl how long each is remembered, in milliseconds */
  constructor(
    private readonly ttl: number,
    private readonly clock: Clock,
  ) {}

  has(tenant: string): boolean {
    const until = this.#until.get(tenant);
    return until !== undefined && this.clock.now() < until;
  }

  add(tenant: string): void {
    if (this.ttl === 0) return;
    const now = this.clock.now();
    // two for each that is added: no call goes through all of them, and those that are over go all the same
    for (let step = 0; step < 2; step++) {
      const [first] = this.#until;
      if (first && (first[1] <= now || this.#until.size >= MOST)) this.#until.delete(first[0]);
    }
    this.#until.delete(tenant);
    this.#until.set(tenant, now + this.ttl);
  }
}
