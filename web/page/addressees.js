// @ts-check
/** Whom one may write to. */

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Person} Person */

/**
 * Others and, as a reminder for later, oneself.
 *
 * @param {Carillon} client
 * @param {string} name the beginning of one
 * @param {{signal: AbortSignal, isLater: boolean}} options
 * @returns {Promise<Person[]>}
 */
export async function addressees(client, name, { signal, isLater }) {
  const others = (await client.people(name, { signal })).filter(({ id }) => id !== client.user?.id);
  const { user } = client;
  const isMe = isLater && user?.username.toLowerCase().startsWith(name.toLowerCase());
  return user && isMe ? [{ id: user.id, username: user.username }, ...others] : others;
}
