import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {jugglerOf} from '../../lib/loopback3';
import {nextJob} from '../support/live-classes';
import {boot, freshLoopBack, installed} from '../support/loopback-app';
import type {AnyDataSource, AnyModel} from '../support/service';
import {keepingConnector} from '../support/keeping-connector';

const PROPERTIES = {id: {type: 'string', id: true, defaultFn: 'guid'}, text: 'string'};
const definition = (name: string, settings: object = {}) => ({
  definition: {name, base: 'PersistedModel', trackChanges: true, changeCleanupInterval: 20, properties: PROPERTIES, ...settings},
});

for (const [way, makeLoopBack] of Object.entries({
  'with install': installed,
  'without install': () => freshLoopBack(),
})) {
  for (const dataSource of ['db', null]) {
    describe(`A routed model with trackChanges, ${way}, from datasource ${dataSource}`, () => {
      let registries: TenantRegistries;
      let sources: TenantDataSources;
      let app: any;
      let Note: AnyModel;
      let Copy: AnyModel;
      const timers: unknown[] = [];
      const {setInterval} = globalThis;

      beforeEach(async () => {
        registries = new TenantRegistries();
        // what LoopBack has started before the route, it never stops
        globalThis.setInterval = (...args: Parameters<typeof setInterval>) => {
          const timer = setInterval(...args);
          timers.push(timer);
          return timer;
        };
        const loopback = makeLoopBack(registries);
        app = loopback();
        sources = new TenantDataSources({
          registries,
          juggler: jugglerOf(loopback),
          create: () => ({connector: keepingConnector()}),
        });
        await boot(app, {
          modelDefinitions: [definition('Note'), definition('Copy')],
          dataSources: {db: {connector: keepingConnector()}},
          models: {Note: {dataSource}, Copy: {dataSource}},
        });
        ({Note, Copy} = app.models);
        for (const model of [Note, Copy]) sources.route(model);
        globalThis.setInterval = setInterval;
      });
      afterEach(async () => {
        globalThis.setInterval = setInterval;
        for (const timer of timers.splice(0)) clearInterval(timer as NodeJS.Timeout);
        await registries.dispose();
      });

      const within = <T>(tenant: string, work: () => T): T => TenantContext.run(tenant, work);
      const changes = (tenant: string): Promise<any[]> => within(tenant, () => Note.getChangeModel().find());
      const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));

      it('tracks the changes of each tenant in its own database', async () => {
        await within('acme', () => Note.create({text: 'a'}));
        await within('globex', () => Note.create([{text: 'b'}, {text: 'c'}]));
        expect([await changes('acme'), await changes('globex')].map(({length}) => length)).to.deep.equal([1, 2]);
        const tables = Object.keys((sources.get('acme') as AnyDataSource).connector._models);
        expect(tables).to.include.members(['Note', 'Note-change', 'checkpoint']);
      });

      it('has checkpoints and replication of each tenant', async () => {
        const note: AnyModel = await within('acme', () => Note.create({text: 'a'}));
        await within('globex', () => Note.create({text: 'b'}));
        const checkpoints = () =>
          Promise.all(
            ['acme', 'globex'].map(tenant =>
              within(tenant, () => new Promise(resolve => Note.currentCheckpoint((_: unknown, seq: number) => resolve(seq)))),
            ),
          );
        expect(await checkpoints()).to.deep.equal([1, 1]);
        await within('acme', () => Note.replicate(-1, Copy, {}));
        const [acme, globex] = await checkpoints();
        expect(acme).to.be.above(1);
        expect(globex).to.equal(1);
        expect((await within('acme', () => Copy.find())).map((copy: AnyModel) => copy.text)).to.deep.equal(['a']);
        expect(await within('globex', () => Copy.find())).to.deep.equal([]);
        await within('acme', () => note.destroy());
        await within('acme', () => Note.replicate(-1, Copy, {}));
        expect(await within('acme', () => Copy.find())).to.deep.equal([]);
      });

      it('cleans up the changes of a tenant after its use, and of an idle tenant never', async () => {
        const note: AnyModel = await within('acme', () => Note.create({text: 'a'}));
        await sleep(60);
        const [before] = await changes('acme');
        // a write that LoopBack does not see
        const {connector} = sources.get('acme') as AnyDataSource;
        connector.cache.Note[note.id] = JSON.stringify({id: note.id, text: 'other'});
        await changes('acme');
        await sleep(60);
        expect((await changes('acme'))[0].rev).to.not.equal(before.rev);
        await sleep(60);
        const finds: string[] = [];
        Note.getChangeModel().observe('access', async () => void finds.push(TenantContext.tenant!));
        await sleep(80);
        expect(finds).to.deep.equal([]);
      });

      it('lets its tenant leave, with a clean-up due or under way', async () => {
        const errors: unknown[] = [];
        const caught = (error: unknown) => errors.push(error);
        process.on('uncaughtException', caught).on('unhandledRejection', caught);
        try {
          for (const wait of [0, 1, 25]) {
            await within('acme', () => Note.create({text: 'a'}));
            await sleep(wait);
            const [report] = await Promise.all([
              registries.offboard('acme', {verify: true, drainTimeout: 0}),
              within('globex', () => Note.create({text: 'b'})),
            ]);
            expect(report).to.include({survivors: 0});
            registries.reinstate('acme');
            await sleep(60);
          }
          await nextJob();
          expect(errors).to.deep.equal([]);
        } finally {
          process.off('uncaughtException', caught).off('unhandledRejection', caught);
        }
      });

      it('reports a change that it fails to track to the listeners of the model, and does not end the process', async () => {
        const broken = async () => {
          const {connector} = (await sources.ensure('acme')) as AnyDataSource;
          const {findOrCreate} = connector;
          connector.findOrCreate = (...args: any[]) => process.nextTick(args.at(-1), new Error('table checkpoint is missing'));
          await within('acme', () => Note.create({text: 'a'}));
          connector.findOrCreate = findOrCreate;
        };
        await broken();
        const heard: string[] = [];
        Note.on('error', (error: Error) => heard.push(error.message));
        await broken();
        expect(heard.join()).to.contain('table checkpoint is missing');
        expect(await within('globex', () => Note.create({text: 'b'}))).to.include({text: 'b'});
      });
    });
  }
}
