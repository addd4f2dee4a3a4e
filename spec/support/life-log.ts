import {TenantRegistries, type LifecycleEvents, type TenantRegistriesOptions} from '../../lib/index';
import {FakeClock} from './fake-clock';

export type LifeEvent = {
  [Name in keyof LifecycleEvents]: {readonly name: Name} & LifecycleEvents[Name];
}[keyof LifecycleEvents];

export const EVENT_NAMES = ['built', 'leaving', 'ended', 'state'] as const;

/** Writes down what observers are told. */
export function lifeLog(registries: TenantRegistries): LifeEvent[] {
  const log: LifeEvent[] = [];
  const note = (name: string) => (event: object) => void log.push({name, ...event} as LifeEvent);
  registries.observe(Object.fromEntries(EVENT_NAMES.map(name => [name, note(name)])));
  return log;
}

/** Registries whose time passes when the spec says so, with what happens to them written down. */
export function loggedRegistries(options: TenantRegistriesOptions = {}) {
  const clock = new FakeClock();
  const registries = new TenantRegistries({clock, idleTtl: Infinity, ...options});
  return {clock, registries, log: lifeLog(registries)};
}

/** In short, `built acme 1`, `leaving acme 1 lru`, `ended acme 1 lru`, `state acme active > suspended`. */
export function inShort(log: readonly LifeEvent[]): string[] {
  return log.map(event => {
    const {name, tenant} = event;
    if (name === 'state') return `state ${tenant} ${event.from} > ${event.to}`;
    return [name, tenant, event.generation, ...(name === 'built' ? [] : [event.reason])].join(' ');
  });
}

/** The code of the error that `work` throws, undefined where it throws none. */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as {code?: string}).code ?? String(error);
  }
}
