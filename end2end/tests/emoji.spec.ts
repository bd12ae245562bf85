import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../support/test';

test('an emoji is found by its name, taken by keyboard, and is there again as a recent one', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  const wanted: string[] = [];
  hers.page.on('request', (request) => void (request.url().endsWith('/emoji.json') && wanted.push(request.url())));
  await hers.field.fill('Well done ');
  const dialog = hers.page.getByRole('dialog', { name: 'Choose an emoji' });
  expect(wanted, 'nothing is loaded before it is wanted').toEqual([]);

  await hers.page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const search = dialog.getByRole('combobox', { name: 'Search emoji' });
  await expect(search).toBeFocused();
  await search.fill('party pop');
  await expect(dialog.getByRole('option', { name: 'party popper' })).toHaveAttribute('aria-selected', 'true');
  await search.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(hers.field).toBeFocused();
  await expect(hers.field).toHaveValue('Well done 🎉');
  await hers.field.press('Enter');
  await expect(hers.message('Well done 🎉')).toBeVisible();

  await hers.page.reload();
  await hers.live();
  await hers.page.getByRole('button', { name: 'Emoji', exact: true }).click();
  await expect(dialog.getByRole('option')).toHaveText(['🎉']);
  expect(wanted).toHaveLength(2);
  await hers.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('arrows go through the grid, a skin tone is kept, and what is chosen is a reaction', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'It is done.');
  const his = await signedIn(ben, `/threads/${thread}`);
  const message = his.messages.getByRole('article').filter({ hasText: 'It is done.' });
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  await message.getByRole('button', { name: 'More reactions' }).click();
  const dialog = his.page.getByRole('dialog', { name: 'Choose an emoji' });
  await dialog.getByRole('button', { name: 'Medium skin tone', exact: true }).click();
  await dialog.getByRole('button', { name: 'People and body' }).click();
  const search = dialog.getByRole('combobox');
  await search.focus();
  const chosen = dialog.locator('[aria-selected=true]');
  await expect(chosen).toHaveAttribute('data-place', '0');
  await search.press('ArrowDown');
  await search.press('ArrowRight');
  await expect(chosen).toHaveAttribute('data-place', '9');
  await search.press('ArrowUp');
  await expect(chosen).toHaveAttribute('data-place', '1');
  await search.fill('thumbs up');
  await expect(chosen).toHaveText('👍🏽');
  await chosen.click();
  await expect(message.getByRole('button', { name: '👍🏽: You' })).toBeVisible();
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(hers.messages.getByRole('button', { name: `👍🏽: ${ben.name}` })).toBeVisible();
});

test('short codes are completed while they are written, and replaced when they are sent', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.field.pressSequentially('Fine :smi');
  const offers = hers.page.getByRole('listbox', { name: 'Emoji' });
  await expect(offers.getByRole('option').first()).toContainText(':smile:');
  await hers.field.press('ArrowDown');
  await hers.field.press('ArrowUp');
  await hers.field.press('Enter');
  await expect(hers.field).toHaveValue('Fine 😄 ');
  await hers.field.pressSequentially('and :tada:, `:tada:` at 12:30:15');
  await expect(offers).toBeHidden();
  await hers.field.press('Enter');
  await expect(hers.messages.getByRole('article').last()).toContainText('Fine 😄 and 🎉, :tada: at 12:30:15');
});

test('without a connection it says so and can be tried again', async ({ people, signedIn, complaints }) => {
  complaints.expect(/emoji\.json|ERR_FAILED/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.page.route('**/emoji.json', (route) => route.abort());
  await hers.page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const dialog = hers.page.getByRole('dialog', { name: 'Choose an emoji' });
  await expect(dialog.getByRole('alert')).toContainText('could not be loaded');
  await hers.page.unroute('**/emoji.json');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await expect(dialog.getByRole('option').first()).toBeVisible();
});

for (const [width, height] of [[390, 844], [1440, 900]] as const) {
  test(`the picker is wholly on a screen of ${width} by ${height}, and axe finds nothing serious`, async ({ people, signedIn }) => {
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const thread = await ana.threadWith(ben);
    const hers = await signedIn(ana, `/threads/${thread}`);
    await hers.page.setViewportSize({ width, height });
    await hers.page.getByRole('button', { name: 'Emoji', exact: true }).click();
    const dialog = hers.page.getByRole('dialog', { name: 'Choose an emoji' });
    await expect(dialog.getByRole('option').first()).toBeVisible();
    const box = (await dialog.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    expect(box.y + box.height).toBeLessThanOrEqual(height);
    const { violations } = await new AxeBuilder({ page: hers.page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
  });
}
