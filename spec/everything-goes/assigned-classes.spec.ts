import {expect} from 'chai';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';
import {TenantRegistries} from '../../lib/index';
import {forEachHolder, mentionAll, type Mention} from '../support/holders';
import {nextJob} from '../support/live-classes';

const assigning =
  (assign: (Model: any, A: any) => unknown): Mention =>
  ({dataSource, name}, A) => {
    const Model = dataSource.createModel(name, {name: {type: String, required: true}, part: {x: Number}});
    Model.hasMany(dataSource.createModel(`${name}Thing`, {name: String}), {as: 'things'});
    void Model.validations;
    assign(Model, A);
  };

/** What user code writes by itself, into what juggler and this library keep. */
const ASSIGNMENTS: Record<string, Mention> = {
  'a static': assigning((Model, A) => (Model.Other = A)),
  'a part of a static': assigning((Model, A) => (Model.others = {list: [A]})),
  'a method': assigning((Model, A) => (Model.prototype.other = () => A)),
  'a property of the prototype': assigning((Model, A) => (Model.prototype.Other = A)),
  'a setting': assigning((Model, A) => (Model.settings.other = A)),
  'a part of a setting': assigning((Model, A) => (Model.settings.others = {list: [A]})),
  'a setting of the definition': assigning((Model, A) => (Model.definition.settings.other = A)),
  'an attribute of a property': assigning((Model, A) => (Model.definition.properties.name.of = A)),
  'the type of a property': assigning((Model, A) => (Model.definition.properties.name.type = A)),
  'a property': assigning((Model, A) => (Model.definition.properties.other = {type: A})),
  'a raw property': assigning((Model, A) => (Model.definition.rawProperties.other = {type: A})),
  'a relation': assigning((Model, A) => (Model.relations.other = {name: 'other', type: 'belongsTo', modelTo: A})),
  'the target of a relation': assigning((Model, A) => (Model.relations.things.modelTo = A)),
  'a mixin': assigning((Model, A) => (Model._mixins ??= []).push(A)),
  'a getter': assigning((Model, A) => (Model.getter.name = A)),
  'a validation': assigning((Model, A) => Model.validations.name.push(A)),
  'a hook': assigning((Model, A) => Model.observe('access', async () => void A.modelName)),
  'a listener': assigning((Model, A) => Model.on('other', () => A)),
  'an instance that is a setting': assigning((Model, A) => (Model.settings.other = new A({x: 1}))),
  'the dictionary of models': assigning((Model, A) => (Model.modelBuilder.models.Alias = A)),
  'the settings of a builder': assigning((Model, A) => (Model.modelBuilder.settings[Model.modelName] = A)),
  'the dictionary of mixins': assigning((Model, A) => (Model.modelBuilder.mixins.mixins[Model.modelName] = A)),
  'a mixin function': assigning((Model, A) => Model.modelBuilder.mixins.define(Model.modelName, () => A)),
  'the settings of a datasource': assigning((Model, A) => (Model.dataSource.settings[Model.modelName] = A)),
  'a property of a datasource': assigning((Model, A) => (Model.dataSource[Model.modelName] = A)),
};

describe('A class that user code itself assigns to something of another registry is kept by that user code', () => {
  forEachHolder((holder, ...options) => {
    it(`in each place of ${holder}: the class is kept alone, and findLeaks() names it`, async () => {
      const registries = new TenantRegistries({embedded: options[1]});
      const registry = (() => new WeakRef(registries.for('mentioned')))();
      const {holders, survivors} = mentionAll(registries, options, ASSIGNMENTS);
      await nextJob();

      // each of them, and nothing of what belongs to it: the embedded class, the related model and its embedded classes
      expect(await survivors()).to.deep.equal(Object.keys(ASSIGNMENTS).sort());

      await nextJob();
      collectGarbage();
      expect(registry.deref()).to.equal(undefined);
      const [{tenant, classes}] = registries.findLeaks();
      expect({tenant, classes}).to.deep.equal({tenant: 'mentioned', classes: holders.size});
      await registries.dispose();
    });
  });
});
