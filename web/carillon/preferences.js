// @ts-check
/** What one wants to hear of, on which ways and when not, as functions. */

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {{from: string, until: string, days: string[]}} QuietHours times as `22:00`; days, as `mon`, on which they begin */

/**
 * @typedef {object} Kept
 * @property {string | null} language a tag
 * @property {string | null} time_zone
 * @property {QuietHours | null} quiet_hours
 * @property {Record<string, Record<string, boolean>>} channels by kind and way, whether it is wanted
 */

const PATH = "/account/preferences/";

/** @param {Carillon} client signed in @returns {Promise<Kept>} */
export async function preferences(client) {
  return (await client.ask("GET", PATH)).body;
}

/**
 * Changes them. Throws a CarillonError whose `fields` say what is wrong; then nothing has changed.
 *
 * @param {Carillon} client signed in
 * @param {Partial<Kept>} given what is to change, in any depth of `channels`
 * @returns {Promise<Kept>} all of them
 */
export async function prefer(client, given) {
  const { user } = client;
  const { body } = await client.ask("PATCH", PATH, { body: given });
  if (user) Object.assign(user, { language: body.language, time_zone: body.time_zone });
  return body;
}
