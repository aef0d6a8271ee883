/** Owns where people stand on the admin port. Does not own what can be asked there. */
export const USERS_PATH = '/admin/v1/users';
