import { DEMO_PASSWORD, Person } from '../support/people';
import { expect, test } from '../support/test';

test('typing shows with the name, and goes when the keys stop', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];

  await hers.field.pressSequentially('Let me see');
  await expect(his.typing).toHaveText(`${ana.name} is typing…`);
  await expect(hers.typing).toBeHidden();

  // Two seconds after the last key; six at most, whatever happens.
  await expect(his.typing).toBeHidden({ timeout: 6_000 });
});

test('typing goes at once when the message arrives', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];

  await hers.field.pressSequentially('Done');
  await expect(his.typing).toBeVisible();
  await hers.field.press('Enter');

  await expect(his.message('Done')).toBeVisible();
  // Sooner than the two seconds after which it would go by itself.
  await expect(his.typing).toBeHidden({ timeout: 1_000 });
});

test("typing goes when the typist's tab closes", async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const [hers, his] = [await signedIn(ana, path), await signedIn(ben, path)];

  await hers.field.pressSequentially('I will just');
  await expect(his.typing).toBeVisible();
  await hers.page.close();

  // Because the connection ended, and not because a typist is forgotten after six seconds.
  await expect(his.typing).toBeHidden({ timeout: 4_000 });
});

test('two people who type to one person show in their own threads', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  const bens = await signedIn(ben, `/threads/${withBen}`);
  const chidis = await signedIn(chidi, `/threads/${withChidi}`);
  const hers = await signedIn(ana, `/threads/${withBen}`);
  const second = await hers.newTab(`/threads/${withChidi}`);

  await Promise.all([
    bens.field.pressSequentially('From Ben, slowly', { delay: 100 }),
    chidis.field.pressSequentially('From Chidi, slowly', { delay: 100 }),
    expect(hers.typing).toHaveText(`${ben.name} is typing…`),
    expect(second.typing).toHaveText(`${chidi.name} is typing…`),
  ]);
});

test.describe('in a thread of four', () => {
  test.use({ settings: { TIDINGS_DEMO: 'true' } });

  test('several who type are named together, and go one by one', async ({ server, signedIn }) => {
    const open = async (username: string) => {
      const desk = await signedIn(await Person.signIn(server, username, username, DEMO_PASSWORD));
      await desk.row('The winter evening').getByRole('link').click();
      await expect(desk.field).toBeVisible();
      return desk;
    };
    const hers = await open('ana');
    const [bens, chidis] = [await open('ben'), await open('chidi')];

    await Promise.all([
      bens.field.pressSequentially('Shall I bring the soup spoons', { delay: 100 }),
      chidis.field.pressSequentially('I have the keys to the hall', { delay: 100 }),
      expect(hers.typing).toHaveText(/^(Ben Whitlock and Chidi Okonkwo|Chidi Okonkwo and Ben Whitlock) are typing…$/),
    ]);
    await Promise.all([
      bens.field.pressSequentially(' and the large pot', { delay: 100 }),
      chidis.page.close(),
      expect(hers.typing).toHaveText('Ben Whitlock is typing…'),
    ]);
    await bens.field.press('Enter');
    await expect(hers.message('Shall I bring the soup spoons and the large pot')).toBeVisible();
    await expect(hers.typing).toBeHidden();
  });
});
