/**
 * The hot path, side by side with stock juggler in one run: a structure that is known already, and the first definition
 * of a model with embedded ones. Medians of several rounds; machines are noisy, so read the ratios.
 */
import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../lib/index';

const ROUNDS = 15;
const OPERATIONS = 500;

const shape = () => ({
  a: String,
  b: Number,
  c: {d: {e: String, f: Date}, g: Boolean},
  h: [String],
  i: {type: String, index: true},
});
const known = shape();

const registries = new TenantRegistries();
const makers: Record<string, () => any> = {
  stock: () => new juggler.ModelBuilder(),
  scoped: () => new ModelBuilder({registry: new ModelRegistry({tenant: 'bench'})}),
};
const work: Record<string, (builder: any, index: number) => unknown> = {
  'resolve the same object again': builder => builder.resolveType(known),
  'resolve an equal object again': builder => builder.resolveType(shape()),
  'define a model with 4 embedded ones': (builder, index) =>
    builder.define(`Model${index}`, {part: shape(), other: {[`x${index}`]: String}}),
};

function microseconds(operation: (index: number) => unknown): number {
  const times = Array.from({length: ROUNDS}, () => {
    const start = performance.now();
    for (let index = 0; index < OPERATIONS; index++) operation(index);
    return ((performance.now() - start) * 1_000) / OPERATIONS;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

console.log(`Node ${process.version}, medians of ${ROUNDS} rounds of ${OPERATIONS}, µs`);
for (const [title, operation] of Object.entries(work)) {
  const [stock, scoped] = ['stock', 'scoped'].map(maker => {
    // a new builder for each round of classes: stock keeps every one it made
    let builder = makers[maker]();
    return microseconds(index => {
      if (index === 0) builder = makers[maker]();
      return operation(builder, index);
    });
  }) as [number, number];
  console.log(
    `${title.padEnd(38)} stock ${stock.toFixed(1).padStart(8)}  scoped ${scoped.toFixed(1).padStart(8)}  ${(stock / scoped).toFixed(1)} ×`,
  );
}
registries.for('acme');
console.log(`registries.for, a hit                   ${microseconds(() => registries.for('acme')).toFixed(3)}`);
console.log(`TenantContext.run of an empty function  ${microseconds(() => TenantContext.run('acme', () => {})).toFixed(3)}`);
