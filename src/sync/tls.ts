// How a server far away is known: by what the system trusts, or by the certificates (PEM) that were named instead. It is said aloud at
// every request: a variable of the runtime's, NODE_TLS_REJECT_UNAUTHORIZED, would else switch it off.

export const knownBy = (authorities: string | undefined) => ({
  rejectUnauthorized: true,
  ...(authorities === undefined ? {} : { ca: authorities }),
});
