import { Person } from '../support/people';
import { expect, test } from '../support/test';

test('a message appears on the other screen, and the answer comes back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];

  await hers.say('Is the contract signed?');
  await expect(his.message('Is the contract signed?')).toBeVisible();

  await his.say('Since this morning.');
  await expect(hers.message('Since this morning.')).toBeVisible();
});

test('everyone sees the same order when several write at once', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  const hers = await signedIn(ana, `/threads/${withBen}`);
  const his = await signedIn(ben, `/threads/${withBen}`);
  const chidis = await signedIn(chidi, `/threads/${withChidi}`);

  const each = [...Array(8).keys()];
  await Promise.all([
    (async () => { for (const n of each) await hers.say(`Ana ${n}`); })(),
    (async () => { for (const n of each) await his.say(`Ben ${n}`); })(),
    (async () => { for (const n of each) await chidis.say(`Chidi ${n}`); })(),
  ]);

  const said = /^(Ana|Ben) \d$/;
  await expect(hers.messages.getByText(said)).toHaveCount(16);
  await expect(his.messages.getByText(said)).toHaveCount(16);
  const order = await hers.messages.getByText(said).allTextContents();
  expect(await his.messages.getByText(said).allTextContents()).toEqual(order);
  for (const name of ['Ana', 'Ben']) {
    expect(order.filter((text) => text.startsWith(name))).toEqual(each.map((n) => `${name} ${n}`));
  }
  await expect(hers.row(chidi.name)).toContainText('Chidi 7');
});

test('a message updates the thread list and moves its thread to the top', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await chidi.say(withChidi, 'The first to write.');
  await ben.say(withBen, 'The last to write.');
  const hers = await signedIn(ana);
  const rows = hers.threads.getByRole('listitem');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText(ben.name);

  await chidi.say(withChidi, 'One more thing.');

  await expect(rows.first()).toContainText(chidi.name);
  await expect(rows.first()).toContainText('One more thing.');
});

test('a new thread appears in the list of the other person', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const his = await signedIn(ben);

  await ana.say(await ana.threadWith(ben), 'Welcome!');

  await expect(his.row(ana.name)).toContainText('Welcome!');
});

test("a message shows in the sender's other tab and on their other device", async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const first = await signedIn(ana, path);
  const second = await first.newTab(path);
  const phone = await signedIn(await Person.signIn(server, ana.username, ana.name), path);

  await first.say('Written once.');

  for (const desk of [first, second, phone]) await expect(desk.message('Written once.')).toHaveCount(1);
});

test('a message sent over the HTTP API arrives like any other', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  const his = await signedIn(ben, `/threads/${thread}`);

  await ana.say(thread, 'From a program.');

  await expect(his.message('From a program.')).toBeVisible();
  await expect(hers.message('From a program.')).toBeVisible();
});

test('Shift and Enter makes a line, Enter sends', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);

  await hers.field.pressSequentially('First line');
  await hers.field.press('Shift+Enter');
  await hers.field.pressSequentially('second line');
  await expect(hers.field).toHaveValue('First line\nsecond line');
  await hers.field.press('Enter');

  await expect(hers.messages.getByText('First line second line')).toBeVisible();
  await expect(hers.field).toHaveValue('');
});

test('an empty text is not sent', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, `/threads/${await ana.threadWith(ben)}`);

  await hers.say('   ');
  await hers.say('Something.');

  await expect(hers.message('Something.')).toBeVisible();
  await expect(hers.messages.getByRole('article')).toHaveCount(1);
});

test('markup in a message is shown as text', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, `/threads/${thread}`);

  const markup = '<img src=x onerror="console.error(1)"><b>bold</b>';
  await ana.say(thread, markup);

  await expect(his.message(markup)).toBeVisible();
});
