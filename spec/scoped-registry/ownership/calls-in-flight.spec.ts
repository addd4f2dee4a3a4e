import {expect} from 'chai';
import {CallsInFlight} from '../../../lib/scoped-registry/ownership/calls-in-flight';

describe('Calls in flight', () => {
  const calls = (count: number) => Array.from({length: count}, () => ({failWith() {}}));

  it('are counted and listed in the order in which they began, also after some were answered', () => {
    const inFlight = new CallsInFlight();
    const [first, second, third, fourth] = calls(4);
    for (const call of [first, second, third, fourth]) inFlight.add(call);
    expect([...inFlight]).to.deep.equal([first, second, third, fourth]);
    for (const answered of [second, fourth, first]) {
      expect(inFlight.delete(answered)).to.equal(true);
      expect(inFlight.delete(answered)).to.equal(false);
      inFlight.add(second);
    }
    expect([...inFlight]).to.have.ordered.members([third, second]);
    expect(inFlight.size).to.equal(2);
  });

  it('can be answered while they are listed', () => {
    const inFlight = new CallsInFlight();
    for (const call of calls(3)) inFlight.add(call);
    let told = 0;
    for (const call of inFlight) {
      told++;
      inFlight.delete(call);
    }
    expect([told, inFlight.size]).to.deep.equal([3, 0]);
  });

  it('keep no answered call, and answered calls do not keep each other', () => {
    const inFlight = new CallsInFlight();
    const [first, second] = calls(2);
    for (const call of [first, second]) inFlight.add(call);
    for (const call of [first, second]) inFlight.delete(call);
    for (const call of [first, second]) expect(Object.values(call).filter(value => typeof value === 'object')).to.deep.equal([]);
  });

  it('are deleted only from the list that they were added to', () => {
    const [one, other] = [new CallsInFlight(), new CallsInFlight()];
    const [call] = calls(1);
    one.add(call);
    expect(other.delete(call)).to.equal(false);
    expect([one.size, other.size]).to.deep.equal([1, 0]);
  });

  it('call the watcher each time the last of them is answered', () => {
    const inFlight = new CallsInFlight();
    let told = 0;
    const watcher = () => void told++;
    inFlight.watch(watcher);
    const [first, second] = calls(2);
    for (const call of [first, second]) inFlight.add(call);
    inFlight.delete(first);
    expect(told).to.equal(0);
    inFlight.delete(second);
    inFlight.delete(second);
    expect(told).to.equal(1);
    inFlight.unwatch(watcher);
    inFlight.add(first);
    inFlight.delete(first);
    expect(told).to.equal(1);
  });
});
